// SPDX-License-Identifier: Apache-2.0
// The forward pass. A batch goes through a layer in tiles of rows that stay in
// the cache; keys and values of all tiles are written before any row attends.

#include "model/decoder.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace lentil {
namespace {

constexpr size_t kTileRows = 64;

// Widest rows of a tile.
size_t WideDim(const DecoderConfig& c) {
  return std::max({c.d_mlp, c.qkv_rows(), kNumBytes});
}
size_t QuantizedDim(const DecoderConfig& c) {
  return std::max({c.d_model, c.d_mlp, c.q_dim()});
}

// Bytes of the rings of one layer, one lane, one KV head.
size_t RingBytes(const DecoderConfig& c, size_t layer) {
  return KvRingBytes(KvRingCapacity(c.windows[layer]), c.head_dim);
}

// Calls body(begin, count) for each tile of `rows` rows.
template <class Body>
void ForTiles(size_t rows, Body body) {
  for (size_t begin = 0; begin < rows; begin += kTileRows) {
    body(begin, std::min(kTileRows, rows - begin));
  }
}

}  // namespace

Decoder::Decoder(std::shared_ptr<const Model> model, uint32_t lanes,
                 size_t most_rows)
    : model_(std::move(model)), kernels_(model_->kernels()), next_(lanes) {
  const DecoderConfig& c = model_->config();
  size_t bytes = 0;
  for (size_t layer = 0; layer < c.layers(); ++layer) {
    ring_offset_.push_back(bytes);
    bytes += RingBytes(c, layer) * c.kv_heads * lanes;
  }
  rings_ = AlignedBytes(bytes);
  wide_ = AlignedArray<float>(kTileRows * WideDim(c));
  quantized_ = AlignedArray<int8_t>(kTileRows * QuantizedDim(c));
  sigma_.resize(kTileRows);
  embeddings_.resize(c.inputs.size());
  scratch_ = AlignedBytes(ScratchBytes(kTileRows, QuantizedDim(c)));
  Reserve(std::max<size_t>(lanes, most_rows));
}

size_t Decoder::MemoryBytes(const Model& model, uint32_t lanes,
                            size_t max_rows) {
  const DecoderConfig& c = model.config();
  size_t bytes = ScratchBytes(kTileRows, QuantizedDim(c));
  for (size_t layer = 0; layer < c.layers(); ++layer) {
    bytes += RingBytes(c, layer) * c.kv_heads * lanes;
  }
  bytes += kTileRows * (WideDim(c) * sizeof(float) + QuantizedDim(c));
  bytes += max_rows * ((c.d_model + c.head_dim) * sizeof(float) + c.qkv_rows() +
                       sizeof(float*));
  return bytes;
}

void Decoder::Reset() { std::fill(next_.begin(), next_.end(), 0); }

void Decoder::Reserve(size_t rows) {
  if (rows <= capacity_) return;
  const DecoderConfig& c = model_->config();
  capacity_ = rows;
  hidden_ = AlignedArray<float>(rows * c.d_model);
  heads_ = AlignedArray<int8_t>(rows * c.qkv_rows());
  rotation_ = AlignedArray<float>(rows * c.head_dim);
  row_rotation_.resize(rows);
}

KvRing Decoder::Ring(size_t layer, uint32_t lane, uint32_t kv_head) {
  const DecoderConfig& c = model_->config();
  const size_t index = size_t{lane} * c.kv_heads + kv_head;
  return {rings_.data() + ring_offset_[layer] + index * RingBytes(c, layer),
          KvRingCapacity(c.windows[layer]), c.head_dim};
}

void Decoder::Forward(Rows rows, FrequencyTable* tables) {
  Reserve(rows.size());
  for (const DecoderRow& row : rows) {
    assert(row.lane < lanes() && row.position == next_[row.lane]);
    next_[row.lane] = row.position + 1;
  }
  Embed(rows);
  Rotate(rows);
  for (size_t layer = 0; layer < model_->blocks().size(); ++layer) {
    WriteHeads(layer, rows);
    Attend(layer, rows);
    RunMlp(layer, rows.size());
  }
  Predict(rows.size(), tables);
}

void Decoder::Embed(Rows rows) {
  const DecoderConfig& c = model_->config();
  for (size_t i = 0; i < rows.size(); ++i) {
    const DecoderRow& row = rows[i];
    for (uint32_t k = 0; k < c.num_inputs(); ++k) {
      embeddings_[k] =
          model_->embedding(k, SymbolOf(c.inputs[k], row.text, row.position));
    }
    kernels_.embed(embeddings_.data(), model_->embed_scale(), c.inputs.size(),
                   c.d_model, hidden_.data() + i * c.d_model);
  }
}

// Lanes in lockstep share a position, and with it the rotation.
void Decoder::Rotate(Rows rows) {
  const size_t half = model_->config().head_dim / 2;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i].position == rows[i - 1].position) {
      row_rotation_[i] = row_rotation_[i - 1];
      continue;
    }
    float* cosine = rotation_.data() + i * 2 * half;
    kernels_.rotary(rows[i].position, model_->rotary_step(), half, cosine,
                    cosine + half);
    row_rotation_[i] = cosine;
  }
}

void Decoder::Quantize(const float* x, size_t n, size_t rows, ScaleKind kind) {
  for (size_t r = 0; r < rows; ++r) {
    sigma_[r] =
        kernels_.quantize(x + r * n, n, kind, quantized_.data() + r * n);
  }
}

void Decoder::Apply(const PackedMatrix& matrix, size_t rows, float* out,
                    Epilogue epilogue) {
  matrix.kernels().apply({.packed = matrix.data(),
                          .n = matrix.n(),
                          .k = matrix.k(),
                          .q = quantized_.data(),
                          .q_stride = matrix.k(),
                          .sigma = sigma_.data(),
                          .rows = rows,
                          .out = out,
                          .out_stride = matrix.n(),
                          .epilogue = epilogue,
                          .scratch = scratch_.data()});
}

void Decoder::WriteHeads(size_t layer, Rows rows) {
  const DecoderConfig& c = model_->config();
  const ModelBlock& block = model_->blocks()[layer];
  const size_t qk_heads = c.heads + c.kv_heads;
  const size_t qk_dim = qk_heads * c.head_dim;
  ForTiles(rows.size(), [&](size_t begin, size_t count) {
    Quantize(hidden_.data() + begin * c.d_model, c.d_model, count,
             ScaleKind::kRms);
    Apply(block.qkv, count, wide_.data(), Epilogue::kStore);
    for (size_t r = 0; r < count; ++r) {
      const DecoderRow& row = rows[begin + r];
      const float* x = wide_.data() + r * c.qkv_rows();
      const float* rotation = row_rotation_[begin + r];
      int8_t* heads = heads_.data() + (begin + r) * c.qkv_rows();
      kernels_.head_norm(x, qk_heads, c.head_dim, rotation,
                         rotation + c.head_dim / 2, heads);
      kernels_.head_norm(x + qk_dim, c.kv_heads, c.head_dim, nullptr, nullptr,
                         heads + qk_dim);
      for (uint32_t g = 0; g < c.kv_heads; ++g) {
        const int8_t* key = heads + c.q_dim() + g * c.head_dim;
        kernels_.ring_put(Ring(layer, row.lane, g), row.position, key,
                          key + c.kv_dim());
      }
    }
  });
}

void Decoder::Attend(size_t layer, Rows rows) {
  const DecoderConfig& c = model_->config();
  const ModelBlock& block = model_->blocks()[layer];
  const uint32_t shared = c.heads / c.kv_heads;  // query heads per KV head
  ForTiles(rows.size(), [&](size_t begin, size_t count) {
    for (size_t r = 0; r < count; ++r) {
      const DecoderRow& row = rows[begin + r];
      const uint32_t last = row.position;
      const uint32_t first = last < block.window ? 0 : last - block.window + 1;
      for (uint32_t g = 0; g < c.kv_heads; ++g) {
        const size_t column = size_t{g} * shared * c.head_dim;
        kernels_.attend(
            {.ring = Ring(layer, row.lane, g),
             .first = first,
             .last = last,
             .q = heads_.data() + (begin + r) * c.qkv_rows() + column,
             .heads = shared,
             .c = block.temperature.data() + g * shared,
             .sink = block.sink.data() + g * shared,
             .out = wide_.data() + r * c.q_dim() + column,
             .scratch = scratch_.data()});
      }
    }
    Quantize(wide_.data(), c.q_dim(), count, ScaleKind::kMax);
    Apply(block.out, count, hidden_.data() + begin * c.d_model, Epilogue::kAdd);
  });
}

void Decoder::RunMlp(size_t layer, size_t rows) {
  const DecoderConfig& c = model_->config();
  const ModelBlock& block = model_->blocks()[layer];
  ForTiles(rows, [&](size_t begin, size_t count) {
    float* hidden = hidden_.data() + begin * c.d_model;
    Quantize(hidden, c.d_model, count, ScaleKind::kRms);
    Apply(block.up, count, wide_.data(), Epilogue::kSquaredRelu);
    Quantize(wide_.data(), c.d_mlp, count, ScaleKind::kMax);
    Apply(block.down, count, hidden, Epilogue::kAdd);
  });
}

void Decoder::Predict(size_t rows, FrequencyTable* tables) {
  const DecoderConfig& c = model_->config();
  ForTiles(rows, [&](size_t begin, size_t count) {
    Quantize(hidden_.data() + begin * c.d_model, c.d_model, count,
             ScaleKind::kRms);
    Apply(model_->unembed(), count, wide_.data(), Epilogue::kStore);
    for (size_t r = 0; r < count; ++r) {
      kernels_.frequencies(wide_.data() + r * kNumBytes, &tables[begin + r]);
    }
  });
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// The forward pass of spec.h. A batch goes through a layer as a whole; its keys
// and values are stored before any row attends.

#include "model/imported/token_decoder.h"

#include <algorithm>
#include <cassert>
#include <cfloat>
#include <utility>

namespace lentil {
namespace {

size_t KeysPerHead(const TransformerSpec& s, uint32_t context) {
  return PadToPanel(context) * s.head_dim;
}
size_t ValuesPerHead(const TransformerSpec& s, uint32_t context) {
  return PadToPanel(context) * PadToPanel(s.head_dim);
}
size_t AttendedStride(const TransformerSpec& s) {
  return s.heads * PadToPanel(s.head_dim);
}
// The widest row that a matrix reads.
size_t WidestInput(const TransformerSpec& s) {
  return std::max({s.d_model, s.d_embed, s.q_dim(), s.d_mlp});
}
size_t FloatsPerRow(const TransformerSpec& s) {
  return 4 * PadToPanel(s.d_model) + PadToPanel(s.q_dim()) + AttendedStride(s) +
         2 * PadToPanel(s.kv_dim()) + 2 * PadToPanel(s.d_mlp) +
         PadToPanel(s.d_embed);
}

}  // namespace

TokenDecoder::TokenDecoder(std::shared_ptr<const Transformer> model,
                           const Kernels& kernels, uint32_t lanes,
                           uint32_t context)
    : model_(std::move(model)),
      kernels_(kernels),
      floats_(kernels.floats),
      context_(context),
      next_(lanes) {
  const TransformerSpec& s = model_->spec();
  d_stride_ = PadToPanel(s.d_model);
  e_stride_ = PadToPanel(s.d_embed);
  q_stride_ = PadToPanel(s.q_dim());
  kv_stride_ = PadToPanel(s.kv_dim());
  f_stride_ = PadToPanel(s.d_mlp);
  keys_per_head_ = KeysPerHead(s, context);
  values_per_head_ = ValuesPerHead(s, context);
  const size_t heads = s.layers.size() * lanes * s.kv_heads;
  keys_ = AlignedArray<float>(heads * keys_per_head_);
  values_ = AlignedArray<float>(heads * values_per_head_);
  scratch_ = AlignedArray<float>(FloatAttendScratch(context));
}

uint64_t TokenDecoder::MemoryBytes(const TransformerSpec& s, uint32_t lanes,
                                   uint32_t context, size_t rows) {
  const uint64_t heads = uint64_t{s.kv_heads} * s.layers.size() * lanes;
  const uint64_t floats =
      heads * (KeysPerHead(s, context) + ValuesPerHead(s, context)) +
      rows * (FloatsPerRow(s) + s.head_dim * s.rotary.size()) +
      FloatAttendScratch(context);
  return floats * sizeof(float) + rows * WidestInput(s) * 5 / 4;
}

size_t TokenDecoder::logit_stride() const {
  return (model_->spec().vocab + kTokenBlock - 1) / kTokenBlock * kTokenBlock;
}

void TokenDecoder::Reset() { std::fill(next_.begin(), next_.end(), 0); }

void TokenDecoder::Reserve(size_t rows) {
  if (rows <= capacity_) return;
  const TransformerSpec& s = model_->spec();
  capacity_ = rows;
  hidden_ = AlignedArray<float>(rows * d_stride_);
  normed_ = AlignedArray<float>(rows * d_stride_);
  out_ = AlignedArray<float>(rows * d_stride_);
  mlp_out_ = AlignedArray<float>(rows * d_stride_);
  q_ = AlignedArray<float>(rows * q_stride_);
  attended_ = AlignedArray<float>(rows * AttendedStride(s));
  k_ = AlignedArray<float>(rows * kv_stride_);
  v_ = AlignedArray<float>(rows * kv_stride_);
  gate_ = AlignedArray<float>(rows * f_stride_);
  up_ = AlignedArray<float>(rows * f_stride_);
  embedded_ = AlignedArray<float>(rows * e_stride_);
  codes_ = AlignedArray<int8_t>(rows * WidestInput(s));
  code_scale_.resize(rows * WidestInput(s) / 32 + 1);
  code_sum_.resize(rows * WidestInput(s) / 16 + 1);
  rotation_ = AlignedArray<float>(rows * s.head_dim * s.rotary.size());
}

void TokenDecoder::Forward(Rows rows, const HiddenObserver& observer) {
  Reserve(rows.size());
  for (const TokenRow& row : rows) {
    assert(row.lane < next_.size() && row.position == next_[row.lane] &&
           row.position < context_);
    next_[row.lane] = row.position + 1;
  }
  const auto observe = [&](size_t layer) {
    if (!observer) return;
    observer(static_cast<uint32_t>(layer), hidden_.data(), d_stride_,
             rows.size());
  };
  Embed(rows);
  ComputeRotation(rows);
  const size_t layers = model_->blocks().size();
  for (size_t layer = 0; layer < layers; ++layer) {
    observe(layer);
    RunLayer(layer, rows);
  }
  observe(layers);
  if (model_->final_norm().present) {
    NormRows(model_->final_norm(), rows.size(), hidden_.data());
  }
  observe(layers + 1);
}

// ---- input ------------------------------------------------------------------

void TokenDecoder::Embed(Rows rows) {
  const TransformerSpec& s = model_->spec();
  for (size_t r = 0; r < rows.size(); ++r) {
    float* row = embedded_.data() + r * e_stride_;
    model_->Embed(rows[r].token, row);
    if (model_->embed_norm().present) {
      NormRow(model_->embed_norm(), s.norm, row, s.d_embed, row);
    }
  }
  if (model_->project_in().n() > 0) {
    const LinearInput input = Input(embedded_.data(), e_stride_, rows.size(),
                                    {&model_->project_in()});
    model_->project_in().Apply(floats_, input, hidden_.data(), d_stride_);
  } else {
    std::copy_n(embedded_.data(), rows.size() * d_stride_, hidden_.data());
  }
  if (!s.learned_positions) return;
  for (size_t r = 0; r < rows.size(); ++r) {
    float* hidden = hidden_.data() + r * d_stride_;
    model_->EmbedPosition(rows[r].position, out_.data());
    for (size_t i = 0; i < s.d_model; ++i) hidden[i] += out_[i];
  }
}

// Cosines and sines of each table and row.
void TokenDecoder::ComputeRotation(Rows rows) {
  const TransformerSpec& s = model_->spec();
  for (size_t t = 0; t < s.rotary.size(); ++t) {
    const RotaryTable& table = s.rotary[t];
    const size_t half = table.step.size();
    for (size_t r = 0; r < rows.size(); ++r) {
      float* cosine = Rotation(t, r);
      kernels_.rotary(rows[r].position, table.step.data(), half, cosine,
                      cosine + half);
      if (table.gain == 1) continue;
      for (size_t i = 0; i < 2 * half; ++i) cosine[i] *= table.gain;
    }
  }
}

float* TokenDecoder::Rotation(size_t table, size_t row) {
  return rotation_.data() + (table * capacity_ + row) * model_->spec().head_dim;
}

// ---- rows -------------------------------------------------------------------

void TokenDecoder::NormRow(const NormWeights& norm, NormKind kind,
                           const float* x, size_t n, float* out) const {
  Norm({.x = x,
        .n = n,
        .centre = kind == NormKind::kLayer,
        .epsilon = model_->spec().epsilon,
        .weight = norm.weight.empty() ? nullptr : norm.weight.data(),
        .bias = norm.bias.empty() ? nullptr : norm.bias.data(),
        .out = out});
}

void TokenDecoder::NormRows(const NormWeights& norm, size_t rows, float* x) {
  const TransformerSpec& s = model_->spec();
  for (size_t r = 0; r < rows; ++r) {
    float* row = x + r * d_stride_;
    NormRow(norm, s.norm, row, s.d_model, row);
  }
}

const float* TokenDecoder::Normed(const NormWeights& norm, size_t rows) {
  const TransformerSpec& s = model_->spec();
  if (!norm.present || s.norm_last) return hidden_.data();
  for (size_t r = 0; r < rows; ++r) {
    NormRow(norm, s.norm, hidden_.data() + r * d_stride_, s.d_model,
            normed_.data() + r * d_stride_);
  }
  return normed_.data();
}

LinearInput TokenDecoder::Input(const float* x, size_t stride, size_t rows,
                                std::initializer_list<const Linear*> users) {
  LinearInput input{.x = x, .stride = stride, .rows = rows, .codes = {}};
  const bool wants_codes =
      std::any_of(users.begin(), users.end(),
                  [](const Linear* linear) { return linear->is_coded(); });
  if (!wants_codes) return input;
  input.codes = {codes_.data(), code_scale_.data(), code_sum_.data()};
  floats_.quantize(x, stride, rows, (*users.begin())->k(), input.codes);
  return input;
}

// hidden += scale × post(y).
void TokenDecoder::AddToHidden(const NormWeights& post, size_t rows, float* y) {
  const TransformerSpec& s = model_->spec();
  if (post.present) NormRows(post, rows, y);
  for (size_t i = 0; i < rows * d_stride_; ++i) {
    hidden_[i] += y[i] * s.residual_scale;
  }
}

// ---- a layer ----------------------------------------------------------------

void TokenDecoder::RunLayer(size_t layer, Rows rows) {
  const TransformerSpec& s = model_->spec();
  const TransformerBlock& block = model_->blocks()[layer];
  const float* x = Normed(block.attn_norm, rows.size());
  RunAttention(layer, rows, x);
  if (s.parallel) {
    // The MLP reads what attention read, or a norm of the same stream.
    if (!s.shared_norm) x = Normed(block.mlp_norm, rows.size());
    RunMlp(block, rows.size(), x);
    AddToHidden(block.attn_post_norm, rows.size(), out_.data());
    AddToHidden(block.mlp_post_norm, rows.size(), mlp_out_.data());
    return;
  }
  AddToHidden(block.attn_post_norm, rows.size(), out_.data());
  if (s.norm_last) NormRows(block.attn_norm, rows.size(), hidden_.data());
  RunMlp(block, rows.size(), Normed(block.mlp_norm, rows.size()));
  AddToHidden(block.mlp_post_norm, rows.size(), mlp_out_.data());
  if (s.norm_last) NormRows(block.mlp_norm, rows.size(), hidden_.data());
}

// out_ ← attention of x.
void TokenDecoder::RunAttention(size_t layer, Rows rows, const float* x) {
  const TransformerSpec& s = model_->spec();
  const TransformerBlock& block = model_->blocks()[layer];
  const LinearInput input =
      Input(x, d_stride_, rows.size(), {&block.q, &block.k, &block.v});
  block.q.Apply(floats_, input, q_.data(), q_stride_);
  block.k.Apply(floats_, input, k_.data(), kv_stride_);
  block.v.Apply(floats_, input, v_.data(), kv_stride_);
  for (size_t r = 0; r < rows.size(); ++r) {
    float* q = q_.data() + r * q_stride_;
    float* k = k_.data() + r * kv_stride_;
    float* v = v_.data() + r * kv_stride_;
    if (s.clip_qkv > 0) {
      Clip(s.q_dim(), q);
      Clip(s.kv_dim(), k);
      Clip(s.kv_dim(), v);
    }
    NormHeads(block.q_norm, s.heads, q);
    NormHeads(block.k_norm, s.kv_heads, k);
    if (s.norm_values) NormHeads({true, {}, {}}, s.kv_heads, v);
    const int table = s.layers[layer].rotary;
    if (table >= 0) {
      const float* rotation = Rotation(static_cast<size_t>(table), r);
      Rotate(s.rotary[static_cast<size_t>(table)], rotation, s.heads, q);
      Rotate(s.rotary[static_cast<size_t>(table)], rotation, s.kv_heads, k);
    }
    for (size_t i = 0; i < s.q_dim(); ++i) q[i] = Finite(q[i]);
    AppendToKvCache(layer, rows[r], k, v);
  }
  Attend(layer, rows);
  const LinearInput mixed = Input(attended_.data(), AttendedStride(s),
                                  rows.size(), {&block.attn_out});
  block.attn_out.Apply(floats_, mixed, out_.data(), d_stride_);
}

void TokenDecoder::Clip(size_t n, float* x) const {
  const float limit = model_->spec().clip_qkv;
  for (size_t i = 0; i < n; ++i) {
    const float low = x[i] > -limit ? x[i] : -limit;
    x[i] = low < limit ? low : limit;
  }
}

void TokenDecoder::NormHeads(const NormWeights& norm, uint32_t heads,
                             float* row) const {
  const TransformerSpec& s = model_->spec();
  if (!norm.present) return;
  if (s.qk_norm == QkNorm::kRow) {
    return NormRow(norm, s.qk_norm_kind, row, size_t{heads} * s.head_dim, row);
  }
  const bool of_each = norm.weight.size() > s.head_dim;
  for (uint32_t h = 0; h < heads; ++h) {
    float* head = row + size_t{h} * s.head_dim;
    const size_t at = of_each ? size_t{h} * s.head_dim : 0;
    Norm({.x = head,
          .n = s.head_dim,
          .centre = s.qk_norm_kind == NormKind::kLayer,
          .epsilon = s.epsilon,
          .weight = norm.weight.empty() ? nullptr : norm.weight.data() + at,
          .bias = norm.bias.empty() ? nullptr : norm.bias.data() + at,
          .out = head});
  }
}

void TokenDecoder::Rotate(const RotaryTable& table, const float* rotation,
                          uint32_t heads, float* row) const {
  const TransformerSpec& s = model_->spec();
  const size_t half = table.step.size();
  // Distance of a pair's two elements, and of a pair to the next.
  const size_t apart = s.rotary_pairs ? 1 : half;
  const size_t step = s.rotary_pairs ? 2 : 1;
  for (uint32_t h = 0; h < heads; ++h, row += s.head_dim) {
    for (size_t i = 0; i < half; ++i) {
      const float c = rotation[i];
      const float sine = rotation[half + i];
      float& a = row[i * step];
      float& b = row[i * step + apart];
      const float rotated = a * c - b * sine;
      b = a * sine + b * c;
      a = rotated;
    }
  }
}

size_t TokenDecoder::HeadIndex(size_t layer, uint32_t lane, uint32_t g) const {
  const size_t lane_index = layer * next_.size() + lane;
  return lane_index * model_->spec().kv_heads + g;
}

// Key and value of a row take their place.
void TokenDecoder::AppendToKvCache(size_t layer, const TokenRow& row,
                                   const float* k, const float* v) {
  const TransformerSpec& s = model_->spec();
  const size_t panel = row.position / kPanel * kPanel;
  for (uint32_t g = 0; g < s.kv_heads; ++g) {
    const size_t head = HeadIndex(layer, row.lane, g);
    float* key = keys_.data() + head * keys_per_head_ + panel * s.head_dim +
                 row.position % kPanel;
    float* value = values_.data() + head * values_per_head_ +
                   row.position * PadToPanel(s.head_dim);
    for (size_t i = 0; i < s.head_dim; ++i) {
      key[i * kPanel] = Finite(k[g * s.head_dim + i]);
      value[i] = Finite(v[g * s.head_dim + i]);
    }
  }
}

// attended_ ← what the query heads of all rows see.
void TokenDecoder::Attend(size_t layer, Rows rows) {
  const TransformerSpec& s = model_->spec();
  const TransformerLayerSpec& of_layer = s.layers[layer];
  const uint32_t shared = s.heads / s.kv_heads;  // query heads per KV head
  const size_t padded = PadToPanel(s.head_dim);
  for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    const uint32_t lane = rows[begin].lane;
    while (end < rows.size() && rows[end].lane == lane) ++end;
    for (uint32_t g = 0; g < s.kv_heads; ++g) {
      queries_.clear();
      for (size_t r = begin; r < end; ++r) {
        const uint32_t last = rows[r].position;
        const uint32_t window = of_layer.window;
        const uint32_t first =
            window == 0 || last < window ? 0 : last - window + 1;
        for (uint32_t h = g * shared; h < (g + 1) * shared; ++h) {
          queries_.push_back({
              .q = q_.data() + r * q_stride_ + size_t{h} * s.head_dim,
              .out = attended_.data() + r * AttendedStride(s) + h * padded,
              .first = first,
              .last = last,
              .slope = s.alibi.empty() ? 0.0f : s.alibi[h],
          });
        }
      }
      const size_t head = HeadIndex(layer, lane, g);
      floats_.attend({.keys = keys_.data() + head * keys_per_head_,
                      .values = values_.data() + head * values_per_head_,
                      .head_width = s.head_dim,
                      .scale = of_layer.attention_scale,
                      .cap = s.attention_cap,
                      .rounded_alibi = s.rounded_alibi,
                      .queries = queries_,
                      .scratch = scratch_.data()});
    }
  }
  if (padded == s.head_dim) return;
  for (size_t r = 0; r < rows.size(); ++r) {  // heads side by side again
    float* row = attended_.data() + r * AttendedStride(s);
    for (uint32_t h = 1; h < s.heads; ++h) {
      std::copy_n(row + h * padded, s.head_dim, row + size_t{h} * s.head_dim);
    }
  }
}

// mlp_out_ ← MLP of x.
void TokenDecoder::RunMlp(const TransformerBlock& block, size_t rows,
                          const float* x) {
  const TransformerSpec& s = model_->spec();
  const LinearInput input = Input(x, d_stride_, rows, {&block.up, &block.gate});
  block.up.Apply(floats_, input, up_.data(), f_stride_);
  if (s.gated) {
    block.gate.Apply(floats_, input, gate_.data(), f_stride_);
    floats_.activate(s.activation, gate_.data(), up_.data(), rows * f_stride_,
                     up_.data());
  } else {
    floats_.activate(s.activation, up_.data(), nullptr, rows * f_stride_,
                     up_.data());
  }
  const LinearInput wide = Input(up_.data(), f_stride_, rows, {&block.down});
  block.down.Apply(floats_, wide, mlp_out_.data(), d_stride_);
}

// ---- output -----------------------------------------------------------------

void TokenDecoder::Logits(size_t begin, size_t count, float* out) {
  const TransformerSpec& s = model_->spec();
  const float* x = hidden_.data() + begin * d_stride_;
  size_t stride = d_stride_;
  if (model_->project_out().n() > 0) {
    const LinearInput input =
        Input(x, d_stride_, count, {&model_->project_out()});
    model_->project_out().Apply(floats_, input, embedded_.data(), e_stride_);
    x = embedded_.data();
    stride = e_stride_;
  }
  const LinearInput input = Input(x, stride, count, {&model_->head()});
  model_->head().Apply(floats_, input, out, logit_stride());
  for (size_t r = 0; r < count; ++r) {
    float* row = out + r * logit_stride();
    if (s.logit_scale != 1) {
      for (size_t i = 0; i < s.vocab; ++i) row[i] *= s.logit_scale;
    }
    if (s.logit_cap > 0) floats_.soft_cap(s.logit_cap, logit_stride(), row);
    std::fill(row + s.vocab, row + logit_stride(), -FLT_MAX);
  }
}

}  // namespace lentil

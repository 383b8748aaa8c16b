// SPDX-License-Identifier: Apache-2.0
// Runs a model over lanes of bytes: what comes next, as integer frequencies.

#ifndef LENTIL_MODEL_DECODER_H_
#define LENTIL_MODEL_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "model/model.h"

namespace lentil {

// One prediction to make: the byte at `position` of a lane.
struct DecoderRow {
  uint32_t lane = 0;
  uint32_t position = 0;
  const uint8_t* text = nullptr;  // the lane's bytes; 0 … position − 1 are read
};

// Lanes with their keys and values, all of one model. One thread at a time.
//
// The frequencies of (lane, position) depend on the model and the lane's
// earlier bytes alone: never on the batch, the other lanes, or the kernels.
class Decoder {
 public:
  // Batches of more than `most_rows` rows and `lanes` make it take more memory.
  Decoder(std::shared_ptr<const Model> model, uint32_t lanes,
          size_t most_rows = 0);

  // Bytes a decoder of this shape allocates; batches of up to `max_rows` rows.
  static size_t MemoryBytes(const Model& model, uint32_t lanes,
                            size_t max_rows);

  const Model& model() const { return *model_; }
  uint32_t lanes() const { return static_cast<uint32_t>(next_.size()); }

  // Every lane starts afresh at position 0.
  void Reset();

  // tables[i] ← frequencies of rows[i]. The positions of each lane are those
  // that follow its last, in order, at most kMaxBatch of them; lanes may mix in
  // any way. One row per lane is a step, many are a prefill.
  // The caller has set the floating-point mode (base/fp_mode.h).
  void Forward(std::span<const DecoderRow> rows, FrequencyTable* tables);

 private:
  using Rows = std::span<const DecoderRow>;

  // The parts of Forward, in order; see docs/numerics.md.
  void Embed(Rows rows);
  void Rotate(Rows rows);
  void WriteHeads(size_t layer, Rows rows);  // q, k, v; k and v into the rings
  void Attend(size_t layer, Rows rows);
  void RunMlp(size_t layer, size_t rows);
  void Predict(size_t rows, FrequencyTable* tables);

  // quantized_[0 …] and sigma_ ← rows of n floats.
  void Quantize(const float* x, size_t n, size_t rows, ScaleKind kind);
  // out ← linear of quantized_[0 … rows).
  void Apply(const PackedMatrix& matrix, size_t rows, float* out,
             Epilogue epilogue);
  KvRing Ring(size_t layer, uint32_t lane, uint32_t kv_head);
  void Reserve(size_t rows);

  std::shared_ptr<const Model> model_;
  const Kernels& kernels_;
  std::vector<uint32_t> next_;       // by lane: the position that comes next
  std::vector<size_t> ring_offset_;  // by layer: its first ring in rings_
  AlignedBytes rings_;               // [layer][lane][KV head]

  // For the whole batch, `capacity_` rows.
  size_t capacity_ = 0;
  AlignedArray<float> hidden_;    // [rows, D], the residual stream
  AlignedArray<int8_t> heads_;    // [rows, (H + 2G)·K]: q, k, v as integers
  AlignedArray<float> rotation_;  // [rows, 2, K / 2]: cosines, sines
  std::vector<const float*> row_rotation_;  // [rows], into rotation_
  // For a tile of kTileRows rows.
  AlignedArray<float> wide_;               // [tile, max(F, (H + 2G)·K, 256)]
  AlignedArray<int8_t> quantized_;         // [tile, max(D, F, H·K)]
  std::vector<float> sigma_;               // [tile]
  std::vector<const int8_t*> embeddings_;  // [N], of one row
  AlignedBytes scratch_;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_DECODER_H_

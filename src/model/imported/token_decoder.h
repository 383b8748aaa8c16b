// SPDX-License-Identifier: Apache-2.0
// Runs a transformer over lanes of tokens: hidden states and logits.

#ifndef LENTIL_MODEL_IMPORTED_TOKEN_DECODER_H_
#define LENTIL_MODEL_IMPORTED_TOKEN_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "kernels/aligned.h"
#include "kernels/kernels.h"
#include "model/imported/transformer.h"

namespace lentil {

// A token that is read: what it says about the next one is asked afterwards.
struct TokenRow {
  uint32_t lane = 0;
  uint32_t position = 0;
  uint32_t token = 0;  // < vocab
};

// Sees the residual stream [rows, D] on its way: layer 0 is what enters the
// first layer, layer L what leaves the last, L + 1 that after the final norm.
using HiddenObserver = std::function<void(uint32_t layer, const float* hidden,
                                          size_t stride, size_t rows)>;

// Lanes with their keys and values. One thread at a time. What it computes for
// a lane depends on the model and the lane's tokens alone: never on the batch,
// the other lanes or the kernels.
class TokenDecoder {
 public:
  // Each lane has room for `context` positions.
  TokenDecoder(std::shared_ptr<const Transformer> model, const Kernels& kernels,
               uint32_t lanes, uint32_t context);

  // Bytes that one allocates for batches of `rows` rows.
  static uint64_t MemoryBytes(const TransformerSpec& spec, uint32_t lanes,
                              uint32_t context, size_t rows);

  const Transformer& model() const { return *model_; }
  uint32_t context() const { return context_; }
  // Floats of a row of logits: whole token blocks.
  size_t logit_stride() const;

  // Every lane starts afresh at position 0.
  void Reset();

  // Reads tokens. The positions of each lane are those that follow its last, in
  // order; lanes stand one after the other. The caller has set the
  // floating-point mode (base/fp_mode.h).
  void Forward(std::span<const TokenRow> rows,
               const HiddenObserver& observer = {});

  // Logits of rows [begin, begin + count) of the last Forward: `out` [count,
  // logit_stride()], padded with −FLT_MAX.
  void Logits(size_t begin, size_t count, float* out);

 private:
  using Rows = std::span<const TokenRow>;

  void Reserve(size_t rows);

  // The parts of Forward.
  void Embed(Rows rows);
  void ComputeRotation(Rows rows);
  void RunLayer(size_t layer, Rows rows);
  void RunAttention(size_t layer, Rows rows, const float* x);
  void Attend(size_t layer, Rows rows);
  void RunMlp(const TransformerBlock& block, size_t rows, const float* x);

  // Of one row of queries or keys.
  void Clip(size_t n, float* x) const;
  void NormHeads(const NormWeights& norm, uint32_t heads, float* row) const;
  void Rotate(const RotaryTable& table, const float* rotation, uint32_t heads,
              float* row) const;
  void AppendToKvCache(size_t layer, const TokenRow& row, const float* k,
                       const float* v);

  // Of rows [D].
  void NormRow(const NormWeights& norm, NormKind kind, const float* x, size_t n,
               float* out) const;
  void NormRows(const NormWeights& norm, size_t rows, float* x);
  const float* Normed(const NormWeights& norm, size_t rows);  // of hidden_
  void AddToHidden(const NormWeights& post, size_t rows, float* y);

  // Rows at x as an input of these matrices.
  LinearInput Input(const float* x, size_t stride, size_t rows,
                    std::initializer_list<const Linear*> users);
  float* Rotation(size_t table, size_t row);  // cosines, then sines
  size_t HeadIndex(size_t layer, uint32_t lane, uint32_t g) const;

  std::shared_ptr<const Transformer> model_;
  const Kernels& kernels_;
  const FloatKernels& floats_;
  uint32_t context_;
  std::vector<uint32_t> next_;  // by lane: the position that comes next

  // [layer][lane][KV head]: panels of keys, rows of values.
  AlignedArray<float> keys_;
  AlignedArray<float> values_;
  size_t keys_per_head_ = 0;
  size_t values_per_head_ = 0;

  size_t capacity_ = 0;  // rows
  size_t d_stride_, q_stride_, kv_stride_, f_stride_, e_stride_;
  AlignedArray<float> hidden_;         // [rows, D]
  AlignedArray<float> normed_;         // [rows, D]
  AlignedArray<float> q_, attended_;   // [rows, H heads, padded]
  AlignedArray<float> k_, v_;          // [rows, G heads, padded]
  AlignedArray<float> gate_, up_;      // [rows, F]
  AlignedArray<float> out_, mlp_out_;  // [rows, D]
  AlignedArray<float> embedded_;       // [rows, E]
  AlignedArray<float> rotation_;       // [tables, rows, K]
  AlignedArray<int8_t> codes_;
  std::vector<float> code_scale_;
  std::vector<int32_t> code_sum_;
  AlignedArray<float> scratch_;
  std::vector<FloatQuery> queries_;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_TOKEN_DECODER_H_

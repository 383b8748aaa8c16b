// SPDX-License-Identifier: Apache-2.0
// A decoder of other origin, ready to run: its weights packed for the kernels.

#ifndef LENTIL_MODEL_IMPORTED_TRANSFORMER_H_
#define LENTIL_MODEL_IMPORTED_TRANSFORMER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/imported/linear.h"
#include "model/imported/plan.h"
#include "model/imported/spec.h"
#include "weights/tensor.h"

namespace lentil {

struct NormWeights {
  bool present = false;
  std::vector<float> weight;  // empty: ones
  std::vector<float> bias;    // empty: zeros
};

struct TransformerBlock {
  NormWeights attn_norm, attn_post_norm;
  NormWeights mlp_norm, mlp_post_norm;
  NormWeights q_norm, k_norm;  // of one head, of every head, or of the row
  Linear q, k, v, attn_out;
  Linear gate, up, down;
};

// Immutable, so any number of threads and decoders may share one.
class Transformer {
 public:
  // Packs the weights, every tensor of which must be known and have the shape
  // that the plan says. Embeddings are read where they are: `tensors` view what
  // `owner` keeps. `after_layer` is called when a layer's have been packed.
  static Result<std::shared_ptr<const Transformer>> Load(
      const std::map<std::string, TensorView>& tensors, DecoderPlan plan,
      std::shared_ptr<const void> owner,
      const std::function<void()>& after_layer = {});

  const TransformerSpec& spec() const { return spec_; }
  const std::vector<TransformerBlock>& blocks() const { return blocks_; }
  const NormWeights& embed_norm() const { return embed_norm_; }
  const NormWeights& final_norm() const { return final_norm_; }
  const Linear& project_in() const { return project_in_; }
  const Linear& project_out() const { return project_out_; }
  const Linear& head() const { return head_; }

  // The embedding of a token < vocab, [d_embed], scaled; and of a position <
  // max_positions, [d_model], where there are such.
  void Embed(uint32_t token, float* out) const;
  void EmbedPosition(uint32_t position, float* out) const;

  size_t memory_bytes() const;  // of weights as packed
  uint64_t weight_count() const { return weight_count_; }

 private:
  friend class TransformerLoader;
  Transformer() = default;

  std::shared_ptr<const void> owner_;
  TransformerSpec spec_;
  TensorView embed_;
  TensorView positions_;
  NormWeights embed_norm_, final_norm_;
  Linear project_in_, project_out_, head_;
  std::vector<TransformerBlock> blocks_;
  uint64_t weight_count_ = 0;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_TRANSFORMER_H_

// SPDX-License-Identifier: Apache-2.0
// What a decoder of other origin computes: the shape that a family's row
// (families.cc) and a checkpoint's configuration fill in.
//
// With x ↦ Norm, per layer, h the residual stream:
//   sequential   h += post(attention(norm(h)));  h += post(mlp(norm(h)))
//   parallel     h += attention(norm(h)) + mlp(norm'(h))
//   norm_last    h = norm(h + attention(h));  h = norm(h + mlp(h))
// A norm whose weights the family does not name is left out.

#ifndef LENTIL_MODEL_IMPORTED_SPEC_H_
#define LENTIL_MODEL_IMPORTED_SPEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "kernels/floats.h"
#include "model/imported/rotary.h"

namespace lentil {

enum class NormKind : uint8_t { kRms, kLayer };

// What is normalised of queries and keys before they are rotated.
enum class QkNorm : uint8_t {
  kNone,
  kHead,  // each head by itself
  kRow,   // all heads as one row
};

struct TransformerLayerSpec {
  uint32_t window = 0;  // positions seen, itself included; 0 = all
  int rotary = -1;      // index of the table; −1 = not rotated
  float attention_scale = 0;
};

inline constexpr uint32_t kMaxLayers = 1024;

struct TransformerSpec {
  std::string family;

  // Sizes.
  uint32_t vocab = 0;
  uint32_t d_model = 0;
  uint32_t d_embed = 0;  // width of embeddings; ≠ d_model: projected
  uint32_t heads = 0;
  uint32_t kv_heads = 0;
  uint32_t head_dim = 0;
  uint32_t d_mlp = 0;
  uint32_t max_positions = 0;  // that it was trained for

  // Input.
  float embedding_scale = 1;
  bool learned_positions = false;
  uint32_t position_offset = 0;  // row of position 0
  std::vector<float> alibi;      // slope per head; empty = none
  bool rounded_alibi = false;    // to bf16 at each position (Falcon)

  // Norms.
  NormKind norm = NormKind::kRms;
  float epsilon = 1e-5f;
  bool norm_plus_one = false;  // weights are stored less one
  bool norm_last = false;

  // Attention.
  std::vector<RotaryTable> rotary;
  bool rotary_pairs = false;  // (0, 1), (2, 3) …; else first half with second
  QkNorm qk_norm = QkNorm::kNone;
  NormKind qk_norm_kind = NormKind::kRms;
  bool qk_norm_after_rotary = false;
  bool norm_values = false;  // each head by itself, as q and k; no weights
  float attention_cap = 0;
  float clip_qkv = 0;  // q, k, v are held to ± this; 0 = not

  // MLP.
  Activation activation = Activation::kSilu;
  bool gated = false;
  bool parallel = false;
  bool shared_norm = false;  // parallel: both read the attention's norm

  // Output.
  float residual_scale = 1;
  float logit_scale = 1;
  float logit_cap = 0;

  std::vector<TransformerLayerSpec> layers;

  uint32_t q_dim() const { return heads * head_dim; }
  uint32_t kv_dim() const { return kv_heads * head_dim; }
};

// OK if the sizes fit each other and memory; kCorrupt names what does not.
Status ValidateSpec(const TransformerSpec& spec);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_SPEC_H_

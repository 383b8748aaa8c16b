// SPDX-License-Identifier: Apache-2.0
// Where a checkpoint keeps the weights of a decoder: tensor names and layouts.

#ifndef LENTIL_MODEL_IMPORTED_PLAN_H_
#define LENTIL_MODEL_IMPORTED_PLAN_H_

#include <cstdint>
#include <string_view>

#include "model/imported/row_runs.h"
#include "model/imported/spec.h"

namespace lentil {

// Without ".weight" and ".bias"; % is the layer's number. Empty: the family has
// none. A bias, and a norm of queries and keys, is used where the file has one.
struct TensorNames {
  std::string_view embed = {};
  std::string_view positions = {};
  std::string_view embed_norm = {};
  std::string_view project_in = {};  // where d_embed ≠ d_model
  std::string_view project_out = {};
  std::string_view final_norm = {};
  std::string_view head = {};
  // In layers.
  std::string_view attn_norm = {};
  std::string_view attn_post_norm = {};
  std::string_view mlp_norm = {};
  std::string_view mlp_post_norm = {};
  std::string_view qkv = {};  // fused, or
  std::string_view q = {};
  std::string_view k = {};
  std::string_view v = {};
  std::string_view q_norm = {};
  std::string_view k_norm = {};
  std::string_view attn_out = {};
  std::string_view gate_up = {};  // fused, or
  std::string_view gate = {};
  std::string_view up = {};
  std::string_view down = {};
};

// Rows of a fused matrix.
enum class QkvLayout : uint8_t {
  kConcat,    // all queries, all keys, all values
  kPerGroup,  // of each KV head: its queries, its key, its value
  kCodegen,   // in four parts: queries, values, keys of each
};

struct TensorPlan {
  TensorNames names = {};
  QkvLayout qkv = QkvLayout::kConcat;
  bool transposed = false;  // linear weights are [inputs, outputs]
  bool tied = false;        // no head of its own: the embedding serves
  // Norms have no weights: those named are there without.
  bool plain_norms = false;
  // Of each head's queries and keys, so many rows lie in pairs (row_runs.h).
  uint32_t paired_rows = 0;
};

struct DecoderPlan {
  TransformerSpec spec;
  TensorPlan tensors;
};

// Rows of queries, keys and values in the matrices that hold them.
QkvRuns QkvRunsOf(const DecoderPlan& plan);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_PLAN_H_

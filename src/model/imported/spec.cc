// SPDX-License-Identifier: Apache-2.0

#include "model/imported/spec.h"

#include <cmath>
#include <string>

namespace lentil {
namespace {

constexpr uint32_t kMaxDim = 1 << 18;

Status Wrong(const std::string& what, uint64_t value) {
  return {Code::kCorrupt, "the configuration's " + what + " cannot be " +
                              std::to_string(value)};
}

bool IsSize(uint32_t n) { return n > 0 && n <= kMaxDim; }

}  // namespace

Status ValidateSpec(const TransformerSpec& s) {
  if (s.vocab == 0 || s.vocab > 1u << 24) return Wrong("vocabulary", s.vocab);
  if (!IsSize(s.d_model)) return Wrong("width", s.d_model);
  if (!IsSize(s.d_embed)) return Wrong("width of embeddings", s.d_embed);
  if (!IsSize(s.d_mlp)) return Wrong("width of the MLP", s.d_mlp);
  if (!IsSize(s.heads)) return Wrong("number of heads", s.heads);
  if (s.kv_heads == 0 || s.heads % s.kv_heads != 0) {
    return Wrong("number of KV heads", s.kv_heads);
  }
  if (!IsSize(s.head_dim) || uint64_t{s.heads} * s.head_dim > kMaxDim) {
    return Wrong("width of heads", s.head_dim);
  }
  if (s.max_positions == 0) return Wrong("number of positions", 0);
  if (s.layers.empty() || s.layers.size() > kMaxLayers) {
    return Wrong("number of layers", s.layers.size());
  }
  for (const RotaryTable& table : s.rotary) {
    if (table.dims() > s.head_dim) {
      return Wrong("number of rotated dimensions", table.dims());
    }
  }
  const double numbers[] = {
      s.embedding_scale, s.epsilon,     s.attention_cap, s.clip_qkv,
      s.residual_scale,  s.logit_scale, s.logit_cap};
  for (const double number : numbers) {
    if (!std::isfinite(number)) {
      return {Code::kCorrupt,
              "the configuration has a scale that is not finite"};
    }
  }
  return Status();
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
#include "train/grow.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "train/random.h"

namespace lentil {
namespace {

constexpr float kUnembedDeviation = 0.01f;

// Rows that keep their neighbours: a tensor's rows from `from` on stand from
// `to` on in the grown one.
struct Run {
  size_t from, to, rows;
};

bool Fits(const DecoderConfig& small, const DecoderConfig& large) {
  return small.d_model <= large.d_model && small.heads <= large.heads &&
         small.kv_heads <= large.kv_heads && small.d_mlp <= large.d_mlp &&
         small.offsets <= large.offsets && small.head_dim == large.head_dim &&
         small.heads * large.kv_heads == large.heads * small.kv_heads &&
         small.rotary_base == large.rotary_base &&
         small.windows.size() <= large.windows.size() &&
         std::equal(small.windows.begin(), small.windows.end(),
                    large.windows.begin());
}

// qkv holds heads of three kinds; other tensors grow at their end.
std::vector<Run> RunsOf(const TensorInfo& tensor, const DecoderConfig& small,
                        const DecoderConfig& large) {
  if (!tensor.name.ends_with("attn.qkv.weight")) {
    return {{0, 0, tensor.rows}};
  }
  std::vector<Run> runs;
  size_t from = 0, to = 0;
  for (const auto heads : {&DecoderConfig::heads, &DecoderConfig::kv_heads,
                           &DecoderConfig::kv_heads}) {
    runs.push_back({from, to, size_t{small.*heads} * small.head_dim});
    from += size_t{small.*heads} * small.head_dim;
    to += size_t{large.*heads} * large.head_dim;
  }
  return runs;
}

void CopyCorner(const TensorInfo& small, const TensorInfo& large,
                const std::vector<Run>& runs, float scale,
                const std::vector<float>& from, std::vector<float>* to) {
  if (from.empty()) return;
  for (const Run& run : runs) {
    for (size_t row = 0; row < run.rows; ++row) {
      const float* source =
          from.data() + small.offset + (run.from + row) * small.cols;
      float* target = to->data() + large.offset + (run.to + row) * large.cols;
      for (size_t i = 0; i < small.cols; ++i) target[i] = scale * source[i];
    }
  }
}

bool ReadsNormalised(const TensorInfo& tensor) {
  return tensor.role == TensorRole::kUnembed ||
         tensor.name.ends_with("attn.qkv.weight") ||
         tensor.name.ends_with("mlp.up.weight");
}

}  // namespace

Result<Checkpoint> Grow(const Checkpoint& from, const DecoderConfig& config) {
  if (!Fits(from.config, config)) {
    return Status(Code::kInvalidArgument,
                  "a model grows only into one that is wider or deeper, with "
                  "heads of the same kind");
  }
  const ParameterLayout small(from.config);
  const ParameterLayout large(config);
  Checkpoint grown;
  grown.config = config;
  grown.state = from.state;
  grown.parameters = InitialParameters(large, from.state.seed);
  grown.first.resize(large.size);
  grown.second.resize(large.size);
  // The new part of the residual stream is silent, so its mean square is that
  // of the old one over more dimensions, and the norm makes it larger.
  const float louder = std::sqrt(static_cast<float>(config.d_model) /
                                 static_cast<float>(from.config.d_model));
  uint64_t counter = 0;
  for (const TensorInfo& tensor : large.tensors) {
    float* values = grown.parameters.data() + tensor.offset;
    if (tensor.role == TensorRole::kTable) {
      std::fill(values, values + tensor.size(), 0.0f);
    } else if (tensor.role == TensorRole::kUnembed) {
      for (size_t i = 0; i < tensor.size(); ++i) {
        values[i] =
            kUnembedDeviation * RandomNormal(~from.state.seed, counter++);
      }
    }
    const auto old = std::find_if(
        small.tensors.begin(), small.tensors.end(),
        [&](const TensorInfo& t) { return t.name == tensor.name; });
    if (old == small.tensors.end()) continue;  // a new layer
    const std::vector<Run> runs = RunsOf(*old, from.config, config);
    const float scale = ReadsNormalised(tensor) ? 1.0f / louder : 1.0f;
    CopyCorner(*old, tensor, runs, scale, from.parameters, &grown.parameters);
    CopyCorner(*old, tensor, runs, 1.0f, from.first, &grown.first);
    CopyCorner(*old, tensor, runs, 1.0f, from.second, &grown.second);
  }
  return grown;
}

}  // namespace lentil

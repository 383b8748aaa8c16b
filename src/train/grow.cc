// SPDX-License-Identifier: Apache-2.0
#include "train/grow.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "train/random.h"

namespace lentil {
namespace {

constexpr float kUnembedDeviation = 0.01f;

bool IsBeginOf(const std::vector<ByteSum>& begin,
               const std::vector<ByteSum>& all) {
  return begin.size() <= all.size() &&
         std::equal(begin.begin(), begin.end(), all.begin());
}

bool Fits(const DecoderConfig& small, const DecoderConfig& large) {
  return small.d_model <= large.d_model && small.heads <= large.heads &&
         small.kv_heads <= large.kv_heads && small.d_mlp <= large.d_mlp &&
         IsBeginOf(small.inputs, large.inputs) &&
         small.head_dim == large.head_dim &&
         small.heads * large.kv_heads == large.heads * small.kv_heads &&
         small.rotary_base == large.rotary_base &&
         small.layers() <= large.layers();
}

// A tensor in the layout of one of the two models.
struct Place {
  const TensorInfo& tensor;
  std::vector<RowRange> matrices;
};

// Matrices grow at their ends, so a small one is a corner of the large one.
void CopyCorners(const Place& small, const Place& large, float scale,
                 const std::vector<float>& from, std::vector<float>* to) {
  if (from.empty()) return;
  const size_t cols = small.tensor.cols;
  for (size_t m = 0; m < small.matrices.size(); ++m) {
    const RowRange& rows = small.matrices[m];
    const float* source = from.data() + small.tensor.offset + rows.first * cols;
    float* target = to->data() + large.tensor.offset +
                    large.matrices[m].first * large.tensor.cols;
    for (size_t row = 0; row < rows.rows; ++row) {
      for (size_t i = 0; i < cols; ++i) target[i] = scale * source[i];
      source += cols;
      target += large.tensor.cols;
    }
  }
}

bool ReadsNormalised(const TensorInfo& tensor) {
  return tensor.role == TensorRole::kUnembed ||
         tensor.name.ends_with("attn.qkv.weight") ||
         tensor.name.ends_with("mlp.up.weight");
}

}  // namespace

Result<TrainCheckpoint> Grow(const TrainCheckpoint& from,
                             const DecoderConfig& config) {
  if (from.vocabulary.size > 0) {
    return Status(Code::kInvalidArgument, "only models of bytes grow");
  }
  if (!Fits(from.config, config)) {
    return Status(Code::kInvalidArgument,
                  "a model grows only into one that is wider or deeper, with "
                  "heads of the same kind");
  }
  const ParameterLayout small(from.config);
  const ParameterLayout large(config);
  TrainCheckpoint grown;
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
    const Place narrow{*old, MatricesOf(*old, from.config)};
    const Place wide{tensor, MatricesOf(tensor, config)};
    const float scale = ReadsNormalised(tensor) ? 1.0f / louder : 1.0f;
    CopyCorners(narrow, wide, scale, from.parameters, &grown.parameters);
    CopyCorners(narrow, wide, 1.0f, from.first, &grown.first);
    CopyCorners(narrow, wide, 1.0f, from.second, &grown.second);
  }
  return grown;
}

}  // namespace lentil

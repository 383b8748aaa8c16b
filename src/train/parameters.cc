// SPDX-License-Identifier: Apache-2.0
// Layout, initial values and rounding of the trainable tensors.

#include "train/parameters.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "train/random.h"

namespace lentil {
namespace {

constexpr size_t kAlign = 16;  // floats: one cache line
constexpr float kTableDeviation = 0.3f;
constexpr float kNoSink = -1e30f;  // its weight and gradient are exactly 0

size_t Add(ParameterLayout* layout, std::string name, TensorRole role,
           std::vector<uint32_t> shape) {
  TensorInfo tensor{std::move(name), role, std::move(shape)};
  tensor.cols = tensor.shape.back();
  tensor.rows = 1;
  for (size_t i = 0; i + 1 < tensor.shape.size(); ++i) {
    tensor.rows *= tensor.shape[i];
  }
  tensor.offset = layout->size;
  layout->size += (tensor.size() + kAlign - 1) / kAlign * kAlign;
  layout->tensors.push_back(tensor);
  return tensor.offset;
}

bool WritesToResidual(const std::string& name) {
  return name.ends_with("attn.out.weight") || name.ends_with("mlp.down.weight");
}

}  // namespace

std::vector<RowRange> MatricesOf(const TensorInfo& tensor,
                                 const DecoderConfig& config) {
  if (!tensor.name.ends_with("attn.qkv.weight")) return {{0, tensor.rows}};
  std::vector<RowRange> matrices;
  size_t row = 0;
  for (const size_t heads : {config.heads, config.kv_heads, config.kv_heads}) {
    const size_t rows = heads * config.head_dim;
    matrices.push_back({row, rows});
    row += rows;
  }
  return matrices;
}

ParameterLayout::ParameterLayout(const DecoderConfig& c, const Vocabulary& v)
    : config(c), vocabulary(v) {
  assert(v.size % kVocabularyUnit == 0);
  assert(v.size == 0 || c.inputs == LastBytes(1));
  const uint32_t attended = c.heads * c.head_dim;
  embed = Add(this, "embed.weight", TensorRole::kTable,
              {c.num_inputs(), symbols(), c.d_model});
  for (uint32_t i = 0; i < c.layers(); ++i) {
    const std::string block = "blocks." + std::to_string(i) + ".";
    BlockOffsets o;
    o.qkv = Add(this, block + "attn.qkv.weight", TensorRole::kMatrix,
                {c.qkv_rows(), c.d_model});
    o.out = Add(this, block + "attn.out.weight", TensorRole::kMatrix,
                {c.d_model, attended});
    o.temperature =
        Add(this, block + "attn.temperature", TensorRole::kScalar, {c.heads});
    o.sink = Add(this, block + "attn.sink", TensorRole::kScalar, {c.heads});
    o.up = Add(this, block + "mlp.up.weight", TensorRole::kMatrix,
               {c.d_mlp, c.d_model});
    o.down = Add(this, block + "mlp.down.weight", TensorRole::kMatrix,
                 {c.d_model, c.d_mlp});
    blocks.push_back(o);
  }
  unembed =
      Add(this, "unembed.weight", TensorRole::kUnembed, {outputs(), c.d_model});
}

std::vector<float> InitialParameters(const ParameterLayout& layout,
                                     uint64_t seed) {
  std::vector<float> values(layout.size, 0.0f);
  uint64_t counter = 0;
  for (const TensorInfo& tensor : layout.tensors) {
    float deviation = 0;
    if (tensor.role == TensorRole::kTable) deviation = kTableDeviation;
    if (tensor.role == TensorRole::kMatrix && !WritesToResidual(tensor.name)) {
      deviation = 1.0f / std::sqrt(static_cast<float>(tensor.cols));
    }
    float* v = values.data() + tensor.offset;
    for (size_t i = 0; i < tensor.size(); ++i) {
      v[i] = deviation * RandomNormal(seed, counter++);
    }
    if (tensor.name.ends_with("attn.temperature")) {
      std::fill(v, v + tensor.size(), 1.0f);
    }
    if (layout.of_tokens() && tensor.name.ends_with("attn.sink")) {
      std::fill(v, v + tensor.size(), kNoSink);
    }
  }
  return values;
}

void FakeQuantize(const ParameterLayout& layout,
                  std::vector<float>* parameters) {
  for (const TensorInfo& tensor : layout.tensors) {
    if (tensor.role == TensorRole::kScalar) continue;
    const bool table = tensor.role == TensorRole::kTable;
    const size_t group = table ? kNumSymbols * tensor.cols : tensor.cols;
    const auto steps = static_cast<float>(table ? kTableSteps : kMatrixSteps);
    float* v = parameters->data() + tensor.offset;
    for (size_t start = 0; start < tensor.size(); start += group, v += group) {
      float largest = 0;
      for (size_t i = 0; i < group; ++i) {
        largest = std::max(largest, std::fabs(v[i]));
      }
      if (largest == 0) continue;
      const float scale = largest / steps;
      const float inverse = steps / largest;
      for (size_t i = 0; i < group; ++i) {
        v[i] = scale * std::nearbyint(v[i] * inverse);
      }
    }
  }
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Quantises a trained decoder.

#include "train/export.h"

#include <algorithm>
#include <cmath>

namespace lentil {
namespace {

constexpr double kLog2E = 1.4426950408889634;
constexpr double kStepsSquared = 32.0 * 32.0;  // q and k have 32 steps per unit

// Rounds `n` values to −steps … steps with one scale; all zero gives scale 0.
float QuantizeGroup(const float* values, size_t n, int32_t steps, int8_t* out) {
  const auto most = static_cast<float>(steps);
  float largest = 0;
  for (size_t i = 0; i < n; ++i)
    largest = std::max(largest, std::fabs(values[i]));
  const float inverse = largest == 0 ? 0.0f : most / largest;
  for (size_t i = 0; i < n; ++i) {
    out[i] = static_cast<int8_t>(std::nearbyint(values[i] * inverse));
  }
  return largest / most;
}

void QuantizeRows(const float* values, QuantizedMatrix* matrix) {
  for (size_t row = 0; row < matrix->rows; ++row) {
    const size_t start = row * matrix->cols;
    matrix->scale[row] =
        QuantizeGroup(values + start, matrix->cols, kMatrixSteps,
                      matrix->weight.data() + start);
  }
}

void ExportHeads(const DecoderConfig& config, const float* temperature,
                 const float* sink, NativeBlock* block) {
  for (size_t h = 0; h < config.heads; ++h) {
    const double c =
        temperature[h] * kLog2E /
        (std::sqrt(static_cast<double>(config.head_dim)) * kStepsSquared);
    block->temperature[h] = static_cast<float>(c);
    block->sink[h] = static_cast<int32_t>(std::lrint(sink[h] * kLog2E / c));
  }
}

// Phase per position of each rotary pair; a whole turn is 2^32.
void ExportRotary(const DecoderConfig& config, std::vector<uint32_t>* step) {
  constexpr double kTurn = 4294967296.0 / 6.283185307179586;
  for (size_t i = 0; i < step->size(); ++i) {
    const double exponent = -2.0 * static_cast<double>(i) / config.head_dim;
    (*step)[i] = static_cast<uint32_t>(
        std::llrint(kTurn * std::pow(config.rotary_base, exponent)));
  }
}

}  // namespace

Result<NativeModel> ExportNative(const ParameterLayout& layout,
                                 const std::vector<float>& parameters,
                                 const std::string& name,
                                 const std::string& card) {
  for (float value : parameters) {
    if (!std::isfinite(value)) {
      return Status(Code::kInvalidArgument,
                    "a trained value is not finite; lower the rates");
    }
  }
  const DecoderConfig& config = layout.config;
  const float* w = parameters.data();
  NativeModel model = ZeroModel(config);
  model.name = name;
  model.card = card;
  const size_t table = size_t{kNumSymbols} * config.d_model;
  for (size_t k = 0; k < config.num_inputs(); ++k) {
    model.embed_scale[k] =
        QuantizeGroup(w + layout.embed + k * table, table, kTableSteps,
                      model.embed.data() + k * table);
  }
  ExportRotary(config, &model.rotary_step);
  for (size_t i = 0; i < layout.blocks.size(); ++i) {
    const BlockOffsets& offsets = layout.blocks[i];
    NativeBlock& block = model.blocks[i];
    QuantizeRows(w + offsets.qkv, &block.qkv);
    QuantizeRows(w + offsets.out, &block.out);
    QuantizeRows(w + offsets.up, &block.up);
    QuantizeRows(w + offsets.down, &block.down);
    ExportHeads(config, w + offsets.temperature, w + offsets.sink, &block);
  }
  QuantizeRows(w + layout.unembed, &model.unembed);
  for (float& scale : model.unembed.scale) {
    scale = static_cast<float>(scale * kLog2E);
  }
  LENTIL_RETURN_IF_ERROR(ValidateNative(model));
  return model;
}

}  // namespace lentil

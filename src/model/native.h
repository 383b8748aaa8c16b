// SPDX-License-Identifier: Apache-2.0
// A native model as data: what its file holds, checked, not yet packed for any
// machine. The exporter writes these; Model packs them.

#ifndef LENTIL_MODEL_NATIVE_H_
#define LENTIL_MODEL_NATIVE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/config.h"

namespace lentil {

// A linear layer: weight[r * cols + c] in [−127, 127], one scale per row.
struct QuantizedMatrix {
  uint32_t rows = 0;
  uint32_t cols = 0;
  std::vector<int8_t> weight;
  std::vector<float> scale;
};

struct NativeBlock {
  QuantizedMatrix qkv;   // [q_dim + 2 kv_dim, D]: q heads, k heads, v heads
  QuantizedMatrix out;   // [D, q_dim]
  QuantizedMatrix up;    // [F, D]
  QuantizedMatrix down;  // [D, F]
  std::vector<float> temperature;  // [H]: c_h, in [2^−20, 1]
  std::vector<int32_t> sink;       // [H], |sink| ≤ kMaxSink
};

struct NativeModel {
  DecoderConfig config;
  std::string name;
  std::string card;  // free text: data, command, figures

  std::vector<int8_t> embed;       // [N, 257, D]
  std::vector<float> embed_scale;  // [N]
  std::vector<uint32_t>
      rotary_step;  // [K / 2], phase per position, 2^32 = turn
  std::vector<NativeBlock> blocks;
  QuantizedMatrix unembed;  // [256, D], logits in bits
};

// A model of this shape with every tensor allocated and zero.
NativeModel ZeroModel(const DecoderConfig& config);

// OK if sizes and values are what docs/numerics.md allows; kCorrupt otherwise.
Status ValidateNative(const NativeModel& model);

// Whether a file, damaged perhaps, was meant to be one of these.
bool IsNativeModel(std::span<const uint8_t> file);

// A whole safetensors file in memory. kCorrupt or kUnsupported say why not.
Result<NativeModel> ReadNative(std::span<const uint8_t> file);
// The file of a valid model: the same bytes for the same model.
Result<std::vector<uint8_t>> WriteNative(const NativeModel& model);

}  // namespace lentil

#endif  // LENTIL_MODEL_NATIVE_H_

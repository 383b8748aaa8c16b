// SPDX-License-Identifier: Apache-2.0
// Shape of a decoder. A model family is data: rows of these, not classes.

#ifndef LENTIL_MODEL_CONFIG_H_
#define LENTIL_MODEL_CONFIG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/byte_sum.h"

namespace lentil {

inline constexpr uint32_t kNumBytes = 256;    // symbols that are coded
inline constexpr uint32_t kNumSymbols = 257;  // rows of each embedding table

// Letters as in docs/numerics.md. Stored as JSON in a model's metadata.
struct DecoderConfig {
  std::string family = "lentil";
  uint32_t d_model = 0;         // D
  uint32_t heads = 0;           // H
  uint32_t kv_heads = 0;        // G
  uint32_t head_dim = 0;        // K
  uint32_t d_mlp = 0;           // F
  std::vector<ByteSum> inputs;  // N of them enter by a table each
  std::vector<uint32_t>
      windows;  // W_l: positions a layer sees; its size is the number of layers
  uint32_t rotary_base = 10000;

  uint32_t num_inputs() const { return static_cast<uint32_t>(inputs.size()); }
  uint32_t layers() const { return static_cast<uint32_t>(windows.size()); }
  uint32_t q_dim() const { return heads * head_dim; }
  uint32_t kv_dim() const { return kv_heads * head_dim; }
  uint32_t qkv_rows() const { return q_dim() + 2 * kv_dim(); }
  bool operator==(const DecoderConfig&) const = default;
};

// OK if the shape keeps the limits of docs/numerics.md and of memory; otherwise
// kCorrupt, which names the field.
Status ValidateConfig(const DecoderConfig& config);

// The JSON object stored in a model's metadata, and back. Reading is strict:
// every field, no others, validated.
std::string ConfigToJson(const DecoderConfig& config);
Result<DecoderConfig> ConfigFromJson(std::string_view text);

}  // namespace lentil

#endif  // LENTIL_MODEL_CONFIG_H_

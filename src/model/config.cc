// SPDX-License-Identifier: Apache-2.0
// Limits of a decoder's shape, and its JSON.

#include "model/config.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_check.h"
#include "kernels/kernels.h"

namespace lentil {
namespace {

using Json = nlohmann::json;

// Limits of memory and time; those of arithmetic are in kernels.h.
constexpr uint32_t kMaxInputs = 64;
constexpr uint32_t kMaxTerms = 16;  // of an input
constexpr int32_t kMaxDistance = 1 << 16;
constexpr uint32_t kMaxLayers = 128;
constexpr uint64_t kMaxKvBytesPerLane = 32u << 20;

struct Field {
  const char* name;
  uint32_t DecoderConfig::*member;
};

constexpr Field kFields[] = {
    {"d_model", &DecoderConfig::d_model},
    {"heads", &DecoderConfig::heads},
    {"kv_heads", &DecoderConfig::kv_heads},
    {"head_dim", &DecoderConfig::head_dim},
    {"d_mlp", &DecoderConfig::d_mlp},
    {"rotary_base", &DecoderConfig::rotary_base},
};

Status Bad(std::string what) {
  return {Code::kCorrupt, "model config: " + std::move(what)};
}

bool IsRowLength(uint64_t n) { return n > 0 && n <= kMaxWidth && n % 16 == 0; }

Result<uint32_t> Unsigned(const Json& value, const char* name) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > UINT32_MAX) {
    return Bad(std::string(name) + " is not an unsigned 32-bit number");
  }
  return value.get<uint32_t>();
}

Result<ByteSum> Terms(const Json& value) {
  if (!value.is_array()) return Bad("offsets are not lists");
  if (value.size() > kMaxTerms) return Bad("too many terms of offsets");
  ByteSum sum;
  for (const Json& term : value) {
    const int64_t limit = kMaxDistance;
    if (!term.is_number_integer() || term > limit || term < -limit) {
      return Bad("offsets are out of range");
    }
    sum.push_back(term.get<int32_t>());
  }
  return sum;
}

// N stands for the last N bytes.
Json OffsetsToJson(const std::vector<ByteSum>& inputs) {
  if (inputs == LastBytes(static_cast<int32_t>(inputs.size()))) {
    return inputs.size();
  }
  return inputs;
}

Result<std::vector<ByteSum>> OffsetsFromJson(const Json& value) {
  if (!value.is_array()) {
    LENTIL_ASSIGN_OR_RETURN(const uint32_t count, Unsigned(value, "offsets"));
    if (count > kMaxInputs) return Bad("offsets is out of range");
    return LastBytes(static_cast<int32_t>(count));
  }
  if (value.size() > kMaxInputs) return Bad("too many offsets");
  std::vector<ByteSum> inputs;
  for (const Json& terms : value) {
    LENTIL_ASSIGN_OR_RETURN(ByteSum sum, Terms(terms));
    inputs.push_back(std::move(sum));
  }
  return inputs;
}

Status ValidateInputs(const std::vector<ByteSum>& inputs) {
  if (inputs.empty() || inputs.size() > kMaxInputs) {
    return Bad("offsets is out of range");
  }
  for (const ByteSum& sum : inputs) {
    if (sum.empty() || sum.size() > kMaxTerms) {
      return Bad("offsets have too few or too many terms");
    }
    for (const int32_t term : sum) {
      if (term == 0 || term > kMaxDistance || term < -kMaxDistance) {
        return Bad("offsets are out of range");
      }
    }
  }
  return Status();
}

}  // namespace

Status ValidateConfig(const DecoderConfig& c) {
  if (c.family != "lentil") return Bad("unknown family");
  if (!IsRowLength(c.d_model)) return Bad("d_model is out of range");
  if (!IsRowLength(c.d_mlp)) return Bad("d_mlp is out of range");
  if (c.head_dim == 0 || c.head_dim > kMaxHeadWidth || c.head_dim % 16 != 0) {
    return Bad("head_dim is out of range");
  }
  if (!IsRowLength(uint64_t{c.heads} * c.head_dim)) {
    return Bad("heads is out of range");
  }
  if (c.kv_heads == 0 || c.heads % c.kv_heads != 0) {
    return Bad("kv_heads does not divide heads");
  }
  LENTIL_RETURN_IF_ERROR(ValidateInputs(c.inputs));
  if (c.windows.empty() || c.windows.size() > kMaxLayers) {
    return Bad("number of layers is out of range");
  }
  uint64_t kv_bytes = 0;
  for (uint32_t window : c.windows) {
    if (window == 0 || window > kMaxWindow)
      return Bad("window is out of range");
    kv_bytes += 2ull * window * c.kv_dim();
  }
  if (kv_bytes > kMaxKvBytesPerLane) return Bad("windows need too much memory");
  return Status();
}

std::string ConfigToJson(const DecoderConfig& config) {
  Json json = {{"family", config.family},
               {"windows", config.windows},
               {"offsets", OffsetsToJson(config.inputs)}};
  for (const Field& field : kFields) json[field.name] = config.*field.member;
  return json.dump();
}

Result<DecoderConfig> ConfigFromJson(std::string_view text) {
  constexpr int kMaxDepth = 3;
  const JsonFault fault = CheckJson(text, {.depth = kMaxDepth});
  const Json json = fault == JsonFault::kNone
                        ? Json::parse(text, nullptr, /*allow_exceptions=*/false)
                        : Json();
  if (!json.is_object()) return Bad("not a JSON object");
  DecoderConfig config;
  if (json.size() != std::size(kFields) + 3)
    return Bad("wrong number of fields");
  for (const Field& field : kFields) {
    if (!json.contains(field.name)) return Bad(std::string("no ") + field.name);
    LENTIL_ASSIGN_OR_RETURN(config.*field.member,
                            Unsigned(json[field.name], field.name));
  }
  if (!json.contains("family") || !json["family"].is_string())
    return Bad("no family");
  config.family = json["family"].get<std::string>();
  if (!json.contains("offsets")) return Bad("no offsets");
  LENTIL_ASSIGN_OR_RETURN(config.inputs, OffsetsFromJson(json["offsets"]));
  if (!json.contains("windows") || !json["windows"].is_array())
    return Bad("no windows");
  if (json["windows"].size() > kMaxLayers) return Bad("too many windows");
  for (const Json& window : json["windows"]) {
    LENTIL_ASSIGN_OR_RETURN(const uint32_t value, Unsigned(window, "windows"));
    config.windows.push_back(value);
  }
  LENTIL_RETURN_IF_ERROR(ValidateConfig(config));
  return config;
}

}  // namespace lentil

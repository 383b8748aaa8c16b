// SPDX-License-Identifier: Apache-2.0
// Reader and writer of safetensors. The JSON library stays in this file.

#include "weights/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

namespace lentil {

static_assert(std::endian::native == std::endian::little,
              "tensors are little-endian and are not swapped");

namespace {

using Json = nlohmann::json;

struct DTypeInfo {
  std::string_view name;
  uint32_t size;
};

constexpr std::array<DTypeInfo, 7> kDTypes = {{
    {"F32", 4},
    {"F16", 2},
    {"BF16", 2},
    {"I8", 1},
    {"U8", 1},
    {"I32", 4},
    {"U32", 4},
}};

constexpr char kMetadataKey[] = "__metadata__";
constexpr int kMaxDepth = 3;  // {"name": {"shape": [...]}}
constexpr size_t kMaxRank = 8;

std::optional<DType> DTypeFromName(std::string_view name) {
  for (size_t i = 0; i < kDTypes.size(); ++i) {
    if (kDTypes[i].name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

// Bytes of a tensor, or nothing if the product overflows.
std::optional<uint64_t> ByteSize(DType dtype,
                                 const std::vector<uint64_t>& shape) {
  uint64_t size = DTypeSize(dtype);
  for (uint64_t dim : shape) {
    if (__builtin_mul_overflow(size, dim, &size)) return std::nullopt;
  }
  return size;
}

std::string ShapeText(const std::vector<uint64_t>& shape) {
  std::string text = "[";
  for (uint64_t dim : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(dim);
  }
  return text + "]";
}

// Names come from outside: keep messages short and printable.
std::string Quoted(std::string_view name) {
  constexpr size_t kLongest = 64;
  std::string text = "'";
  for (char c : name.substr(0, kLongest)) text += c < ' ' || c > '~' ? '?' : c;
  if (name.size() > kLongest) text += "...";
  return text + "'";
}

Status Corrupt(std::string message) {
  return {Code::kCorrupt, std::move(message)};
}

// The header as JSON: an object without repeated keys or deep nesting.
Result<Json> ParseHeader(std::string_view text) {
  std::vector<std::set<std::string>> keys;  // one set per open object
  bool repeated = false;
  bool deep = false;
  const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
    deep |= depth > kMaxDepth;
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      repeated |= !keys.back().insert(value.get<std::string>()).second;
    }
    return !deep;
  };
  Json header =
      Json::parse(text.begin(), text.end(), check, /*allow_exceptions=*/false);
  if (deep) return Corrupt("safetensors header is nested too deeply");
  if (repeated) return Corrupt("safetensors header has a key twice");
  if (!header.is_object())
    return Corrupt("safetensors header is not a JSON object");
  return header;
}

Result<std::vector<uint64_t>> ParseUnsignedArray(const Json& entry,
                                                 const char* key) {
  const auto it = entry.find(key);
  if (it == entry.end() || !it->is_array()) {
    return Corrupt(std::string("no array '") + key + "'");
  }
  std::vector<uint64_t> values;
  for (const Json& value : *it) {
    if (!value.is_number_unsigned()) {
      return Corrupt(std::string("'") + key +
                     "' holds something else than sizes");
    }
    values.push_back(value.get<uint64_t>());
  }
  return values;
}

// One header entry, with bounds checked against the tensor bytes.
Result<TensorView> ParseTensor(const Json& entry,
                               std::span<const uint8_t> data) {
  if (!entry.is_object()) return Corrupt("not a JSON object");
  const auto name = entry.find("dtype");
  if (name == entry.end() || !name->is_string()) return Corrupt("no dtype");
  const auto& dtype_name = name->get_ref<const std::string&>();
  const std::optional<DType> dtype = DTypeFromName(dtype_name);
  if (!dtype) {
    return Status(Code::kUnsupported,
                  "dtype " + Quoted(dtype_name) + " is not supported");
  }
  TensorView view;
  view.dtype = *dtype;
  LENTIL_ASSIGN_OR_RETURN(view.shape, ParseUnsignedArray(entry, "shape"));
  if (view.shape.size() > kMaxRank) return Corrupt("too many dimensions");
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint64_t> offsets,
                          ParseUnsignedArray(entry, "data_offsets"));
  if (offsets.size() != 2 || offsets[0] > offsets[1] ||
      offsets[1] > data.size()) {
    return Corrupt("offsets lie outside the file");
  }
  const std::optional<uint64_t> size = ByteSize(view.dtype, view.shape);
  if (!size || *size != offsets[1] - offsets[0]) {
    return Corrupt("shape " + ShapeText(view.shape) +
                   " does not fit its offsets");
  }
  view.bytes = data.subspan(offsets[0], *size);
  return view;
}

}  // namespace

std::string_view DTypeName(DType dtype) {
  return kDTypes[static_cast<size_t>(dtype)].name;
}
uint32_t DTypeSize(DType dtype) {
  return kDTypes[static_cast<size_t>(dtype)].size;
}

// Fills a Safetensors from its header.
class SafetensorsParser {
 public:
  explicit SafetensorsParser(std::span<const uint8_t> data) : data_(data) {}

  Status AddAll(const Json& header) {
    for (const auto& [name, entry] : header.items()) {
      if (name == kMetadataKey) {
        LENTIL_RETURN_IF_ERROR(AddMetadata(entry));
        continue;
      }
      Result<TensorView> view = ParseTensor(entry, data_);
      if (!view.ok())
        return view.status().WithContext("tensor " + Quoted(name));
      file_.tensors_.emplace(name, *std::move(view));
    }
    return CheckCover();
  }

  Safetensors Take() { return std::move(file_); }

 private:
  Status AddMetadata(const Json& entry) {
    if (!entry.is_object()) return Corrupt("__metadata__ is not a JSON object");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string())
        return Corrupt("metadata " + Quoted(key) + " is not a string");
      file_.metadata_.emplace(key, value.get<std::string>());
    }
    return Status();
  }

  // Tensors lie end to end and use every byte, as the format demands.
  Status CheckCover() const {
    std::vector<std::pair<const uint8_t*, uint64_t>> parts;
    for (const auto& [name, view] : file_.tensors_) {
      if (!view.bytes.empty())
        parts.emplace_back(view.bytes.data(), view.bytes.size());
    }
    std::sort(parts.begin(), parts.end());
    uint64_t covered = 0;
    for (const auto& [begin, size] : parts) {
      if (begin != data_.data() + covered)
        return Corrupt("tensors overlap or leave a gap");
      covered += size;
    }
    if (covered != data_.size()) return Corrupt("bytes belong to no tensor");
    return Status();
  }

  std::span<const uint8_t> data_;
  Safetensors file_;
};

Result<Safetensors> Safetensors::Parse(std::span<const uint8_t> bytes) {
  uint64_t header_size = 0;
  if (bytes.size() < sizeof(header_size))
    return Corrupt("too short to be a safetensors file");
  std::memcpy(&header_size, bytes.data(), sizeof(header_size));
  const std::span<const uint8_t> rest = bytes.subspan(sizeof(header_size));
  if (header_size > kMaxSafetensorsHeader)
    return Corrupt("safetensors header is too long");
  if (header_size > rest.size())
    return Corrupt("safetensors header is truncated");
  const std::string_view text(reinterpret_cast<const char*>(rest.data()),
                              header_size);
  if (text.empty() || text.front() != '{')
    return Corrupt("not a safetensors file");
  LENTIL_ASSIGN_OR_RETURN(const Json header, ParseHeader(text));
  SafetensorsParser parser(rest.subspan(header_size));
  LENTIL_RETURN_IF_ERROR(parser.AddAll(header));
  return parser.Take();
}

Result<TensorView> Safetensors::Get(const std::string& name, DType dtype,
                                    const std::vector<uint64_t>& shape) const {
  const auto it = tensors_.find(name);
  if (it == tensors_.end()) return Corrupt("no tensor " + Quoted(name));
  const TensorView& view = it->second;
  if (view.dtype != dtype || view.shape != shape) {
    return Corrupt("tensor " + Quoted(name) + " is " +
                   std::string(DTypeName(view.dtype)) + " " +
                   ShapeText(view.shape) + ", expected " +
                   std::string(DTypeName(dtype)) + " " + ShapeText(shape));
  }
  return view;
}

Result<std::string> Safetensors::Metadata(const std::string& key) const {
  const auto it = metadata_.find(key);
  if (it == metadata_.end()) return Corrupt("no metadata " + Quoted(key));
  return it->second;
}

Result<std::vector<uint8_t>> WriteSafetensors(
    const std::map<std::string, TensorView>& tensors,
    const std::map<std::string, std::string>& metadata) {
  std::vector<const std::pair<const std::string, TensorView>*> order;
  for (const auto& named : tensors) order.push_back(&named);
  std::stable_sort(
      order.begin(), order.end(), [](const auto* a, const auto* b) {
        return DTypeSize(a->second.dtype) > DTypeSize(b->second.dtype);
      });

  Json header = Json::object();
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  uint64_t offset = 0;
  for (const auto* named : order) {
    const auto& [name, view] = *named;
    if (name == kMetadataKey ||
        ByteSize(view.dtype, view.shape) != view.bytes.size()) {
      return Status(
          Code::kInvalidArgument,
          "tensor " + Quoted(name) + " cannot be written: bad name or size");
    }
    header[name] = {{"dtype", DTypeName(view.dtype)},
                    {"shape", view.shape},
                    {"data_offsets", {offset, offset + view.bytes.size()}}};
    offset += view.bytes.size();
  }
  std::string text =
      header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > kMaxSafetensorsHeader) {
    return Status(Code::kInvalidArgument,
                  "safetensors header would be too long");
  }

  const uint64_t header_size = text.size();
  std::vector<uint8_t> out(sizeof(header_size));
  std::memcpy(out.data(), &header_size, sizeof(header_size));
  out.reserve(out.size() + text.size() + offset);
  out.insert(out.end(), text.begin(), text.end());
  for (const auto* named : order) {
    out.insert(out.end(), named->second.bytes.begin(),
               named->second.bytes.end());
  }
  return out;
}

}  // namespace lentil

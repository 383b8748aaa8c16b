// SPDX-License-Identifier: Apache-2.0
// Reader and writer of safetensors. The JSON library stays in this file.

#include "weights/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/json_check.h"
#include "base/messages.h"
#include "weights/messages.h"

namespace lentil {

namespace {

using Json = nlohmann::json;

constexpr char kMetadataKey[] = "__metadata__";
constexpr int kMaxDepth = 3;              // {"name": {"shape": [...]}}
constexpr uint64_t kMaxEvents = 1 << 22;  // a tensor has about 15

// Text as a JSON object without repeated keys, deep nesting or too many
// entries. `what` names it in messages.
Result<Json> ParseObject(std::string_view text, const std::string& what) {
  const JsonLimits limits = {kMaxDepth, kMaxEvents, /*has_unique_keys=*/true};
  switch (CheckJson(text, limits)) {
    case JsonFault::kNone:
      break;
    case JsonFault::kDeep:
      return Corrupt(what + " is nested too deeply");
    case JsonFault::kLong:
      return Corrupt(what + " has too many entries");
    case JsonFault::kRepeated:
      return Corrupt(what + " has a key twice");
  }
  Json object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Corrupt(what + " is not a JSON object");
  return object;
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

// Names that stay in their folder.
bool IsPlainFileName(std::string_view name) {
  constexpr std::string_view kSeparators("/\0", 2);
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(kSeparators) == std::string_view::npos;
}

// One header entry, with bounds checked against the tensor bytes.
Result<TensorView> ParseTensor(const Json& entry,
                               std::span<const uint8_t> data) {
  if (!entry.is_object()) return Corrupt("not a JSON object");
  const auto name = entry.find("dtype");
  if (name == entry.end() || !name->is_string()) return Corrupt("no dtype");
  const auto& dtype_name = name->get_ref<const std::string&>();
  const std::optional<DType> dtype = DTypeFromName(dtype_name);
  if (!dtype || DTypeBlock(*dtype).elements != 1) {
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
  const std::optional<uint64_t> size = TensorBytes(view.dtype, view.shape);
  if (!size || *size != offsets[1] - offsets[0]) {
    return Corrupt("shape " + ShapeText(view.shape) +
                   " does not fit its offsets");
  }
  view.bytes = data.subspan(offsets[0], *size);
  return view;
}

}  // namespace

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

Result<Safetensors> Safetensors::Parse(std::span<const uint8_t> bytes,
                                       uint64_t max_header) {
  uint64_t header_size = 0;
  if (bytes.size() < sizeof(header_size))
    return Corrupt("too short to be a safetensors file");
  std::memcpy(&header_size, bytes.data(), sizeof(header_size));
  const std::span<const uint8_t> rest = bytes.subspan(sizeof(header_size));
  if (header_size > max_header)
    return Corrupt("safetensors header is too long");
  if (header_size > rest.size())
    return Corrupt("safetensors header is truncated");
  const std::string_view text(reinterpret_cast<const char*>(rest.data()),
                              header_size);
  if (text.empty() || text.front() != '{')
    return Corrupt("not a safetensors file");
  LENTIL_ASSIGN_OR_RETURN(const Json header,
                          ParseObject(text, "safetensors header"));
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

Result<std::map<std::string, std::string>> ParseSafetensorsIndex(
    std::string_view json) {
  LENTIL_ASSIGN_OR_RETURN(const Json index,
                          ParseObject(json, "safetensors index"));
  const auto map = index.find("weight_map");
  if (map == index.end() || !map->is_object()) {
    return Corrupt("safetensors index has no object 'weight_map'");
  }
  std::map<std::string, std::string> files;
  for (const auto& [name, value] : map->items()) {
    std::string file = value.is_string() ? value.get<std::string>() : "";
    if (!IsPlainFileName(file)) {
      return Corrupt("tensor " + Quoted(name) + " is said to be in " +
                     Quoted(file) + ", which is no plain file name");
    }
    files.emplace(name, std::move(file));
  }
  return files;
}

Result<std::vector<uint8_t>> WriteSafetensors(
    const std::map<std::string, TensorView>& tensors,
    const std::map<std::string, std::string>& metadata) {
  std::vector<const std::pair<const std::string, TensorView>*> order;
  for (const auto& named : tensors) order.push_back(&named);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) {
                     return DTypeBlock(a->second.dtype).bytes >
                            DTypeBlock(b->second.dtype).bytes;
                   });

  Json header = Json::object();
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  uint64_t offset = 0;
  for (const auto* named : order) {
    const auto& [name, view] = *named;
    if (name == kMetadataKey || DTypeBlock(view.dtype).elements != 1 ||
        TensorBytes(view.dtype, view.shape) != view.bytes.size()) {
      return Status(Code::kInvalidArgument,
                    "tensor " + Quoted(name) +
                        " cannot be written: bad name, dtype or size");
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

// SPDX-License-Identifier: Apache-2.0

#include "weights/gguf_writer.h"

#include <bit>
#include <optional>

#include "base/endian.h"
#include "base/messages.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint32_t kVersion = 3;

void AppendBytes(std::span<const uint8_t> bytes, Bytes* out) {
  out->insert(out->end(), bytes.begin(), bytes.end());
}

void AppendText(std::string_view text, Bytes* out) {
  out->insert(out->end(), text.begin(), text.end());
}

void AppendString(std::string_view text, Bytes* out) {
  AppendLe<uint64_t>(text.size(), out);
  AppendText(text, out);
}

void AppendType(GgufType type, Bytes* out) {
  AppendLe(static_cast<uint32_t>(type), out);
}

// The beginning of an entry; its elements follow.
Bytes Scalar(GgufType type) {
  Bytes entry;
  AppendType(type, &entry);
  return entry;
}

Bytes Array(GgufType type, uint64_t count) {
  Bytes entry;
  AppendType(GgufType::kArray, &entry);
  AppendType(type, &entry);
  AppendLe(count, &entry);
  return entry;
}

void Pad(uint64_t alignment, Bytes* out) {
  out->resize((out->size() + alignment - 1) / alignment * alignment);
}

// 0 if the metadata's is none.
uint64_t AlignmentOf(const GgufMetadata& metadata) {
  const auto it = metadata.entries().find(kGgufAlignmentKey);
  if (it == metadata.entries().end()) return kGgufAlignment;
  const Bytes& entry = it->second;
  if (entry.size() != 8 || LoadLe<uint32_t>(entry.data()) !=
                               static_cast<uint32_t>(GgufType::kUint32)) {
    return 0;
  }
  const auto alignment = LoadLe<uint32_t>(entry.data() + 4);
  return std::has_single_bit(alignment) ? alignment : 0;
}

uint64_t Padded(uint64_t size, uint64_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

Status Unwritable() {
  return {Code::kInvalidArgument, "cannot be written: bad dtype, rank or size"};
}

// Bytes of a tensor that GGUF can hold.
Result<uint64_t> SizeOf(const GgufShape& tensor) {
  const std::optional<uint64_t> bytes = TensorBytes(tensor.dtype, tensor.shape);
  if (!GgufTensorType(tensor.dtype) || tensor.shape.size() > kMaxGgufRank ||
      !bytes || *bytes == 0) {
    return Unwritable();
  }
  return *bytes;
}

// All that stands before the tensors.
Result<Bytes> WriteDirectory(const GgufMetadata& metadata,
                             const std::map<std::string, GgufShape>& tensors,
                             uint64_t alignment) {
  Bytes out;
  AppendText("GGUF", &out);
  AppendLe(kVersion, &out);
  AppendLe<uint64_t>(tensors.size(), &out);
  AppendLe<uint64_t>(metadata.entries().size(), &out);
  for (const auto& [key, entry] : metadata.entries()) {
    AppendString(key, &out);
    AppendBytes(entry, &out);
  }
  uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const Result<uint64_t> size = SizeOf(tensor);
    LENTIL_RETURN_IF_ERROR(size.status().WithContext("tensor " + Quoted(name)));
    AppendString(name, &out);
    AppendLe(static_cast<uint32_t>(tensor.shape.size()), &out);
    for (size_t i = tensor.shape.size(); i-- > 0;) {
      AppendLe(tensor.shape[i], &out);
    }
    AppendLe(*GgufTensorType(tensor.dtype), &out);
    AppendLe(offset, &out);
    offset += Padded(*size, alignment);
  }
  Pad(alignment, &out);
  return out;
}

}  // namespace

void GgufMetadata::SetUint32(const std::string& key, uint32_t value) {
  AppendLe(value, &(entries_[key] = Scalar(GgufType::kUint32)));
}

void GgufMetadata::SetFloat32(const std::string& key, float value) {
  AppendLe(std::bit_cast<uint32_t>(value),
           &(entries_[key] = Scalar(GgufType::kFloat32)));
}

void GgufMetadata::SetFloat64(const std::string& key, double value) {
  AppendLe(std::bit_cast<uint64_t>(value),
           &(entries_[key] = Scalar(GgufType::kFloat64)));
}

void GgufMetadata::SetBool(const std::string& key, bool value) {
  (entries_[key] = Scalar(GgufType::kBool)).push_back(value ? 1 : 0);
}

void GgufMetadata::SetString(const std::string& key, std::string_view value) {
  AppendString(value, &(entries_[key] = Scalar(GgufType::kString)));
}

void GgufMetadata::SetInt32s(const std::string& key,
                             std::span<const int32_t> values) {
  Bytes& entry = entries_[key] = Array(GgufType::kInt32, values.size());
  for (int32_t value : values) AppendLe(static_cast<uint32_t>(value), &entry);
}

void GgufMetadata::SetFloat32s(const std::string& key,
                               std::span<const float> values) {
  Bytes& entry = entries_[key] = Array(GgufType::kFloat32, values.size());
  for (float value : values) AppendLe(std::bit_cast<uint32_t>(value), &entry);
}

void GgufMetadata::SetFloat64s(const std::string& key,
                               std::span<const double> values) {
  Bytes& entry = entries_[key] = Array(GgufType::kFloat64, values.size());
  for (double value : values) AppendLe(std::bit_cast<uint64_t>(value), &entry);
}

void GgufMetadata::SetBools(const std::string& key,
                            const std::vector<bool>& values) {
  Bytes& entry = entries_[key] = Array(GgufType::kBool, values.size());
  for (const bool value : values) entry.push_back(value ? 1 : 0);
}

void GgufMetadata::SetStrings(const std::string& key,
                              std::span<const std::string_view> values) {
  Bytes& entry = entries_[key] = Array(GgufType::kString, values.size());
  for (std::string_view value : values) AppendString(value, &entry);
}

void GgufMetadata::Set(const std::string& key, const GgufValue& value) {
  Bytes& entry = entries_[key] =
      value.is_array ? Array(value.type, value.count) : Scalar(value.type);
  AppendBytes(value.bytes, &entry);
}

std::map<std::string, GgufValue> GgufMetadata::Values() const {
  std::map<std::string, GgufValue> values;
  for (const auto& [key, entry] : entries_) {
    GgufValue value;
    std::span<const uint8_t> rest = entry;
    const auto take_type = [&rest] {
      const auto type = LoadLe<uint32_t>(rest.data());
      rest = rest.subspan(sizeof(type));
      return static_cast<GgufType>(type);
    };
    value.type = take_type();
    value.is_array = value.type == GgufType::kArray;
    if (value.is_array) {
      value.type = take_type();
      value.count = LoadLe<uint64_t>(rest.data());
      rest = rest.subspan(sizeof(value.count));
    }
    value.bytes = rest;
    values.emplace(key, value);
  }
  return values;
}

Status WriteGguf(const GgufMetadata& metadata,
                 const std::map<std::string, GgufShape>& tensors,
                 const GgufSource& source, const GgufSink& sink) {
  const uint64_t alignment = AlignmentOf(metadata);
  if (alignment == 0) {
    return {Code::kInvalidArgument, "alignment is no power of two"};
  }
  LENTIL_ASSIGN_OR_RETURN(const Bytes directory,
                          WriteDirectory(metadata, tensors, alignment));
  LENTIL_RETURN_IF_ERROR(sink(directory));
  for (const auto& [name, tensor] : tensors) {
    Bytes bytes;
    LENTIL_RETURN_IF_ERROR(source(name, &bytes));
    if (bytes.size() != TensorBytes(tensor.dtype, tensor.shape)) {
      return Unwritable().WithContext("tensor " + Quoted(name));
    }
    Pad(alignment, &bytes);
    LENTIL_RETURN_IF_ERROR(sink(bytes));
  }
  return Status();
}

Result<Bytes> WriteGguf(const GgufMetadata& metadata,
                        const std::map<std::string, TensorView>& tensors) {
  std::map<std::string, GgufShape> shapes;
  for (const auto& [name, view] : tensors) {
    shapes[name] = {view.dtype, view.shape};
  }
  Bytes out;
  LENTIL_RETURN_IF_ERROR(WriteGguf(
      metadata, shapes,
      [&](const std::string& name, Bytes* bytes) {
        AppendBytes(tensors.at(name).bytes, bytes);
        return Status();
      },
      [&](std::span<const uint8_t> bytes) {
        AppendBytes(bytes, &out);
        return Status();
      }));
  return out;
}

}  // namespace lentil

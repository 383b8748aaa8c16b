// SPDX-License-Identifier: Apache-2.0
// Metadata of GGUF as typed values.

#include <bit>
#include <limits>
#include <optional>

#include "base/endian.h"
#include "base/messages.h"
#include "weights/gguf.h"

namespace lentil {
namespace {

// The element's conversions: nothing if its type or value does not allow it.

std::optional<int64_t> SignedOf(GgufType type, const uint8_t* bytes) {
  switch (type) {
    case GgufType::kInt8:
      return static_cast<int8_t>(*bytes);
    case GgufType::kInt16:
      return static_cast<int16_t>(LoadLe<uint16_t>(bytes));
    case GgufType::kInt32:
      return static_cast<int32_t>(LoadLe<uint32_t>(bytes));
    case GgufType::kInt64:
      return static_cast<int64_t>(LoadLe<uint64_t>(bytes));
    default:
      return std::nullopt;
  }
}

std::optional<uint64_t> UnsignedOf(GgufType type, const uint8_t* bytes) {
  switch (type) {
    case GgufType::kUint8:
      return *bytes;
    case GgufType::kUint16:
      return LoadLe<uint16_t>(bytes);
    case GgufType::kUint32:
      return LoadLe<uint32_t>(bytes);
    case GgufType::kUint64:
      return LoadLe<uint64_t>(bytes);
    default:
      return std::nullopt;
  }
}

std::optional<uint64_t> ToUint(GgufType type, const uint8_t* bytes) {
  const auto value = SignedOf(type, bytes);
  if (!value) return UnsignedOf(type, bytes);
  if (*value < 0) return std::nullopt;
  return static_cast<uint64_t>(*value);
}

std::optional<int64_t> ToInt(GgufType type, const uint8_t* bytes) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  const auto value = UnsignedOf(type, bytes);
  if (!value) return SignedOf(type, bytes);
  if (*value > kMax) return std::nullopt;
  return static_cast<int64_t>(*value);
}

std::optional<double> ToFloat(GgufType type, const uint8_t* bytes) {
  if (type == GgufType::kFloat32) {
    return std::bit_cast<float>(LoadLe<uint32_t>(bytes));
  }
  if (type == GgufType::kFloat64) {
    return std::bit_cast<double>(LoadLe<uint64_t>(bytes));
  }
  return std::nullopt;
}

std::optional<bool> ToBool(GgufType type, const uint8_t* bytes) {
  if (type != GgufType::kBool) return std::nullopt;
  return *bytes != 0;
}

std::optional<std::string_view> ToString(GgufType type, const uint8_t* bytes) {
  if (type != GgufType::kString) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(bytes) + 8,
                          LoadLe<uint64_t>(bytes));
}

uint64_t BytesOf(GgufType type, const uint8_t* bytes) {
  if (type != GgufType::kString) return GgufElementBytes(type);
  return 8 + LoadLe<uint64_t>(bytes);
}

Status Wrong(const std::string& key, const char* what) {
  return Corrupt("key " + Quoted(key) + " is not " + what);
}

Result<const GgufValue*> Find(const Gguf& file, const std::string& key) {
  const auto it = file.metadata().find(key);
  if (it == file.metadata().end()) return Corrupt("no key " + Quoted(key));
  return &it->second;
}

template <class T>
using Conversion = std::optional<T> (*)(GgufType, const uint8_t*);

template <class T>
Result<T> GetOne(const Gguf& file, const std::string& key,
                 Conversion<T> convert, const char* what) {
  LENTIL_ASSIGN_OR_RETURN(const GgufValue* value, Find(file, key));
  if (value->is_array) return Wrong(key, what);
  const std::optional<T> one = convert(value->type, value->bytes.data());
  if (!one) return Wrong(key, what);
  return *one;
}

template <class T>
Result<std::vector<T>> GetAll(const Gguf& file, const std::string& key,
                              Conversion<T> convert, const char* what) {
  LENTIL_ASSIGN_OR_RETURN(const GgufValue* value, Find(file, key));
  std::vector<T> all;
  all.reserve(value->count);
  const uint8_t* at = value->bytes.data();
  for (uint64_t i = 0; i < value->count; ++i) {
    const std::optional<T> one = convert(value->type, at);
    if (!one) return Wrong(key, what);
    all.push_back(*one);
    at += BytesOf(value->type, at);
  }
  return all;
}

}  // namespace

Result<uint64_t> Gguf::GetUint(const std::string& key) const {
  return GetOne(*this, key, ToUint, "an unsigned integer");
}

Result<int64_t> Gguf::GetInt(const std::string& key) const {
  return GetOne(*this, key, ToInt, "an integer");
}

Result<double> Gguf::GetFloat(const std::string& key) const {
  return GetOne(*this, key, ToFloat, "a float");
}

Result<bool> Gguf::GetBool(const std::string& key) const {
  return GetOne(*this, key, ToBool, "true or false");
}

Result<std::string_view> Gguf::GetString(const std::string& key) const {
  return GetOne(*this, key, ToString, "a string");
}

Result<std::vector<int64_t>> Gguf::GetInts(const std::string& key) const {
  return GetAll(*this, key, ToInt, "integers");
}

Result<std::vector<double>> Gguf::GetFloats(const std::string& key) const {
  return GetAll(*this, key, ToFloat, "floats");
}

Result<std::vector<bool>> Gguf::GetBools(const std::string& key) const {
  return GetAll(*this, key, ToBool, "true and false");
}

Result<std::vector<std::string_view>> Gguf::GetStrings(
    const std::string& key) const {
  return GetAll(*this, key, ToString, "strings");
}

}  // namespace lentil

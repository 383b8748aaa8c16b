// SPDX-License-Identifier: Apache-2.0
// GGUF files in memory, versions 2 and 3, little-endian: metadata and a tensor
// directory, without copies.
//
// A file is: "GGUF", version, number of tensors, number of metadata pairs; the
// pairs; for each tensor its name, dimensions (fastest first), type and offset;
// padding; the tensors, each at a multiple of the alignment.

#ifndef LENTIL_WEIGHTS_GGUF_H_
#define LENTIL_WEIGHTS_GGUF_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "weights/tensor.h"

namespace lentil {

// Whether bytes begin as a GGUF file does.
bool IsGguf(std::span<const uint8_t> bytes);

// Metadata types as files number them.
enum class GgufType : uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,  // stands in front of the type of the elements
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

// A value as the file has it: elements one behind the other; a string is its
// length (uint64) and its bytes.
struct GgufValue {
  GgufType type = GgufType::kUint8;  // of the elements
  bool is_array = false;
  uint64_t count = 1;
  std::span<const uint8_t> bytes;
};

// Bytes of one element, 0 for strings and arrays.
uint32_t GgufElementBytes(GgufType type);

// DType as files number it; nothing if GGUF has none such.
std::optional<uint32_t> GgufTensorType(DType dtype);

inline constexpr char kGgufAlignmentKey[] = "general.alignment";
inline constexpr uint32_t kGgufAlignment = 32;  // without that key
inline constexpr size_t kMaxGgufRank = 4;

// The directory of a file. Values, strings and tensors point into the bytes
// given to Parse, which must outlive them. Getters fail with kCorrupt, naming
// the key, if it is missing or has another type.
class Gguf {
 public:
  // O(header) time, and memory up to about ten times the header. kCorrupt if
  // anything does not add up: counts, bounds, overlaps, a name twice.
  // kUnsupported for other versions, big-endian files, arrays of arrays, and a
  // tensor whose type is not in DType, both named.
  static Result<Gguf> Parse(std::span<const uint8_t> bytes);

  // A directory of parts instead of a file's, unchecked. What values and
  // tensors view must outlive it; tensors whose values nobody asks may be
  // without bytes.
  static Gguf Of(std::map<std::string, GgufValue> metadata,
                 std::map<std::string, TensorView> tensors);

  // Shapes have the last dimension fastest: the file's order reversed. None is
  // empty, so that no dimension is larger than the file allows.
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  const std::map<std::string, GgufValue>& metadata() const { return metadata_; }

  bool Has(const std::string& key) const { return metadata_.contains(key); }
  // Of any integer type, if it fits.
  Result<uint64_t> GetUint(const std::string& key) const;
  Result<int64_t> GetInt(const std::string& key) const;
  // Of either float type.
  Result<double> GetFloat(const std::string& key) const;
  Result<bool> GetBool(const std::string& key) const;
  Result<std::string_view> GetString(const std::string& key) const;
  // Arrays, O(count). A single value counts as an array of one: files have
  // arrays only where layers differ.
  Result<std::vector<int64_t>> GetInts(const std::string& key) const;
  Result<std::vector<double>> GetFloats(const std::string& key) const;
  Result<std::vector<bool>> GetBools(const std::string& key) const;
  Result<std::vector<std::string_view>> GetStrings(
      const std::string& key) const;

 private:
  friend class GgufParser;
  std::map<std::string, GgufValue> metadata_;
  std::map<std::string, TensorView> tensors_;
};

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_GGUF_H_

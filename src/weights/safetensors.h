// SPDX-License-Identifier: Apache-2.0
// Safetensors files in memory: strict reader without copies, and a writer whose
// bytes depend on its arguments alone.
//
// A file is: header size (8 bytes, little-endian), a JSON header, tensor bytes.
// Native models and training checkpoints are both such files.

#ifndef LENTIL_WEIGHTS_SAFETENSORS_H_
#define LENTIL_WEIGHTS_SAFETENSORS_H_

#include <cassert>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace lentil {

inline constexpr uint64_t kMaxSafetensorsHeader = 1u << 20;

enum class DType : uint8_t { kF32, kF16, kBf16, kI8, kU8, kI32, kU32 };

// "F32", "BF16", … as the files spell it.
std::string_view DTypeName(DType dtype);
// Bytes of one element: 1, 2 or 4.
uint32_t DTypeSize(DType dtype);

// A tensor inside a file's bytes; row-major, last dimension fastest. The bytes
// need not be aligned: use CopyAs, or memcpy.
struct TensorView {
  DType dtype = DType::kF32;
  std::vector<uint64_t> shape;  // empty: a scalar
  std::span<const uint8_t> bytes;

  // The elements as T, whose size must be that of the dtype.
  template <class T>
  std::vector<T> CopyAs() const {
    assert(sizeof(T) == DTypeSize(dtype));
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }
};

// The directory of a file. Views point into the bytes given to Parse, which
// must outlive them.
class Safetensors {
 public:
  // O(header). kCorrupt if anything does not add up: sizes, overlaps, gaps, a
  // name twice. kUnsupported names a dtype that is not in DType.
  static Result<Safetensors> Parse(std::span<const uint8_t> bytes);

  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const {
    return metadata_;
  }

  // The tensor of this name, dtype and shape. kCorrupt says what differs.
  Result<TensorView> Get(const std::string& name, DType dtype,
                         const std::vector<uint64_t>& shape) const;
  // The metadata string of this key, kCorrupt if it is missing.
  Result<std::string> Metadata(const std::string& key) const;

 private:
  friend class SafetensorsParser;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

// A file's bytes. Tensors are laid out by falling element size, then by name,
// so that each is aligned to its element when the file is. kInvalidArgument if
// a tensor's bytes do not fit its shape or the header would be too long.
Result<std::vector<uint8_t>> WriteSafetensors(
    const std::map<std::string, TensorView>& tensors,
    const std::map<std::string, std::string>& metadata);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_SAFETENSORS_H_

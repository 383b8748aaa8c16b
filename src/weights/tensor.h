// SPDX-License-Identifier: Apache-2.0
// A tensor inside a file's bytes, and the types its elements may have.

#ifndef LENTIL_WEIGHTS_TENSOR_H_
#define LENTIL_WEIGHTS_TENSOR_H_

#include <cassert>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lentil {

// Element types of safetensors and GGUF. Those from kQ8_0 on are blocks of
// weights that share scales (code_rows.h says how).
enum class DType : uint8_t {
  kF64,
  kF32,
  kF16,
  kBf16,
  kI64,
  kI32,
  kI16,
  kI8,
  kU32,
  kU8,
  kBool,
  kQ8_0,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ2K,
  kQ3K,
  kQ4K,
  kQ5K,
  kQ6K,
  kIq4Nl,
  kIq4Xs,
};

// "F32", "BF16", "Q4_K", … as the files spell it.
std::string_view DTypeName(DType dtype);
// The other way round; nothing if there is none of this name.
std::optional<DType> DTypeFromName(std::string_view name);

// What a type stores together.
struct DTypeBlockSize {
  uint32_t elements;  // 1 for plain types
  uint32_t bytes;
};
DTypeBlockSize DTypeBlock(DType dtype);

// Bytes of a tensor; nothing if they overflow 64 bits or the last dimension is
// not whole blocks.
std::optional<uint64_t> TensorBytes(DType dtype,
                                    const std::vector<uint64_t>& shape);

// Most dimensions of a tensor in any file.
inline constexpr size_t kMaxRank = 8;

// Row-major, last dimension fastest. The bytes need not be aligned: use CopyAs,
// ReadFloats (float_tensor.h) or memcpy. There are TensorBytes of them.
struct TensorView {
  DType dtype = DType::kF32;
  std::vector<uint64_t> shape;  // empty: a scalar
  std::span<const uint8_t> bytes;

  // O(1): from the bytes.
  uint64_t ElementCount() const {
    const DTypeBlockSize block = DTypeBlock(dtype);
    return bytes.size() / block.bytes * block.elements;
  }

  // The elements as T, whose size must be that of the dtype.
  template <class T>
  std::vector<T> CopyAs() const {
    assert(DTypeBlock(dtype).elements == 1 &&
           DTypeBlock(dtype).bytes == sizeof(T));
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }
};

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_TENSOR_H_

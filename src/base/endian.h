// SPDX-License-Identifier: Apache-2.0
// Integers as bytes: fixed width little-endian, and varints (LEB128).

#ifndef LENTIL_BASE_ENDIAN_H_
#define LENTIL_BASE_ENDIAN_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace lentil {

// Reads a little-endian unsigned integer; `bytes` need not be aligned.
template <class T>
T LoadLe(const uint8_t* bytes) {
  static_assert(std::is_unsigned_v<T>);
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) {
    T swapped = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      swapped = static_cast<T>(swapped << 8 | (value >> (8 * i) & 0xff));
    }
    value = swapped;
  }
  return value;
}

// Writes sizeof(T) bytes, lowest first.
template <class T>
void StoreLe(T value, uint8_t* bytes) {
  static_assert(std::is_unsigned_v<T>);
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

template <class T>
void AppendLe(T value, std::vector<uint8_t>* out) {
  const size_t at = out->size();
  out->resize(at + sizeof(T));
  StoreLe(value, out->data() + at);
}

// A varint holds 7 bits a byte, lowest first, the top bit saying "more follow".
inline constexpr size_t kMaxVarintBytes = 10;

inline size_t VarintSize(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

inline void AppendVarint(uint64_t value, std::vector<uint8_t>* out) {
  for (; value >= 0x80; value >>= 7) {
    out->push_back(static_cast<uint8_t>(value | 0x80));
  }
  out->push_back(static_cast<uint8_t>(value));
}

enum class VarintResult {
  kOk,
  kTruncated,  // the bytes end inside it
  kInvalid,    // more than 64 bits, or not the shortest form
};

// Reads the varint at `bytes[*at]` and moves `*at` behind it; on failure `*at`
// and `*value` are unchanged. Only the shortest form of a number is accepted.
inline VarintResult ReadVarint(std::span<const uint8_t> bytes, size_t* at,
                               uint64_t* value) {
  uint64_t result = 0;
  for (size_t i = 0; i < kMaxVarintBytes; ++i) {
    if (*at + i >= bytes.size()) return VarintResult::kTruncated;
    const uint8_t byte = bytes[*at + i];
    if (i == kMaxVarintBytes - 1 && byte > 1) return VarintResult::kInvalid;
    result |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte >= 0x80) continue;
    if (byte == 0 && i > 0) return VarintResult::kInvalid;
    *at += i + 1;
    *value = result;
    return VarintResult::kOk;
  }
  return VarintResult::kInvalid;
}

}  // namespace lentil

#endif  // LENTIL_BASE_ENDIAN_H_

// SPDX-License-Identifier: Apache-2.0
// What enters a decoder: a byte before the position, or a sum of some.

#ifndef LENTIL_MODEL_BYTE_SUM_H_
#define LENTIL_MODEL_BYTE_SUM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lentil {

inline constexpr uint32_t kStartSymbol =
    256;  // stands before a lane's first byte

// Bytes so many places back, added modulo 256; those at negative distances are
// subtracted. {1} is the last byte, {64, 1, -65} what rows of 64 pixels predict
// from those above, on the left and between, {2, 2, -4} the next byte of
// 16-bit samples on a straight line.
using ByteSum = std::vector<int32_t>;

// {1}, {2} … {n}.
inline std::vector<ByteSum> LastBytes(int32_t n) {
  std::vector<ByteSum> sums;
  for (int32_t distance = 1; distance <= n; ++distance) {
    sums.push_back({distance});
  }
  return sums;
}

// Of the bytes before text[position]; kStartSymbol if one of them would lie
// before text[0].
inline uint32_t SymbolOf(const ByteSum& sum, const uint8_t* text,
                         size_t position) {
  uint32_t symbol = 0;
  for (const int32_t term : sum) {
    const auto distance = static_cast<size_t>(term < 0 ? -term : term);
    if (distance > position) return kStartSymbol;
    const uint32_t byte = text[position - distance];
    symbol += term < 0 ? 0u - byte : byte;
  }
  return symbol & 0xFF;
}

}  // namespace lentil

#endif  // LENTIL_MODEL_BYTE_SUM_H_

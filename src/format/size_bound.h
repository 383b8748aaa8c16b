// SPDX-License-Identifier: Apache-2.0
// How much so few bytes can hold: what a header claims beyond that is a lie,
// and is refused before anything is allocated or computed for it.
// docs/format.md, "Work and memory".
//
// A range-coder stream of n bytes holds symbols that take shares s of the
// decoder's range, one after the other. The range begins below 2^64 and ends at
// 2^56 or more; it grows by 2^8 with each byte read behind the first eight, of
// which the end allows n. So 2^56 <= 2^64 · (product of all s) · 2^(8 n): the
// sum of -log2(s) is at most 8 (n + 1). No symbol is certain: where every s is
// at most 1 - x, each costs x / ln 2 at least, and there are at most
// 8 ln 2 · (n + 1) / x of them. The constants are 8 ln 2 / x, rounded up.

#ifndef LENTIL_FORMAT_SIZE_BOUND_H_
#define LENTIL_FORMAT_SIZE_BOUND_H_

#include <cstdint>

namespace lentil {

// Bits, P(1) = p / 2^16 with 0 < p < 2^16. A one leaves at most (2^16 - 1) /
// 2^16 of the range; a zero takes off floor(range / 2^16), and range >= 2^56:
// x >= 2^-16 - 2^-56.
inline constexpr uint64_t kBitsPerByte = 363'409;
// Bytes of a model alone, total 2^24, each of the 256 at least 1: x = 255 /
// 2^24.
inline constexpr uint64_t kSymbolsPerByte = 364'834;
// Tokens, total 2^32, each of v and the escape at least 1: x = v / 2^32.
// Divided by v.
inline constexpr uint64_t kTokensPerByte = 23'816'355'775;
// A block of zstd has at most 2^17 bytes and takes at least 4.
inline constexpr uint64_t kZstdPerByte = uint64_t{1} << 15;

// Whether a stream of `bytes` (less than 2^28) can hold so many coded bits.
constexpr bool HoldsBits(uint64_t bytes, uint64_t bits) {
  return bits <= kBitsPerByte * (bytes + 1);
}
// Bytes that context models code, a bit at a time.
constexpr bool HoldsMixedBytes(uint64_t bytes, uint64_t symbols) {
  return HoldsBits(bytes, 8 * symbols);
}
// Bytes that a model codes alone.
constexpr bool HoldsModelBytes(uint64_t bytes, uint64_t symbols) {
  return symbols <= kSymbolsPerByte * (bytes + 1);
}
// Tokens of a vocabulary of `vocab`, coded as a whole; symbols less than 2^32.
constexpr bool HoldsTokens(uint64_t bytes, uint64_t symbols, uint64_t vocab) {
  return symbols * vocab <= kTokensPerByte * (bytes + 1);
}

}  // namespace lentil

#endif  // LENTIL_FORMAT_SIZE_BOUND_H_

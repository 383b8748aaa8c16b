// SPDX-License-Identifier: Apache-2.0
// Probabilities of bits and their log-odds, in integers. docs/numerics.md,
// "Context mixing".
//
// A probability is P(1) · 2^16 in 1 … 65535; log-odds are log2(p ÷ (1 − p)) in
// steps of 1/256, within ±kMaxStretch.

#ifndef LENTIL_MIXING_LOGISTIC_H_
#define LENTIL_MIXING_LOGISTIC_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace lentil {

inline constexpr int32_t kMaxStretch = 4095;

// floor(log2(x) · 2^16) for x ≥ 1, by squaring: exact digits.
constexpr uint32_t Log2Q16(uint32_t x) {
  const int exponent = std::bit_width(x) - 1;
  uint64_t m = uint64_t{x} << (31 - exponent);  // in [1, 2) · 2^31
  uint32_t digits = 0;
  for (int i = 0; i < 16; ++i) {
    m = m * m >> 31;
    digits <<= 1;
    if (m >= uint64_t{1} << 32) {
      m >>= 1;
      digits |= 1;
    }
  }
  return static_cast<uint32_t>(exponent) << 16 | digits;
}

struct LogisticTables {
  std::array<uint16_t, 1024> log2;    // of 1 + (i + 1/2) ÷ 1024, in 1/256
  std::array<int16_t, 4096> stretch;  // of the probabilities 16 i … 16 i + 15
  std::array<uint16_t, 8192> squash;  // of x − 4096
};

// Built once, in about a millisecond.
const LogisticTables& Logistic();

// log2(x) in 1/256, x ≥ 1, within 1/256.
inline int32_t Log2(const LogisticTables& t, uint32_t x) {
  const int exponent = std::bit_width(x) - 1;
  const uint32_t mantissa = (x << (31 - exponent)) >> 21 & 1023;
  return exponent * 256 + t.log2[mantissa];
}

inline int32_t Stretch(const LogisticTables& t, uint32_t p) {
  return t.stretch[p >> 4];
}

inline int32_t ClampStretch(int32_t x) {
  return std::clamp(x, -kMaxStretch, kMaxStretch);
}

// What a coder takes: P(1) · 2^16 in 1 … 65535.
inline uint32_t ClampProbability(uint64_t p) {
  return static_cast<uint32_t>(std::clamp<uint64_t>(p, 1, 65535));
}

// x within ±kMaxStretch.
inline uint32_t Squash(const LogisticTables& t, int32_t x) {
  return t.squash[static_cast<size_t>(x + 4096)];
}

}  // namespace lentil

#endif  // LENTIL_MIXING_LOGISTIC_H_

// SPDX-License-Identifier: Apache-2.0
// Floats of 16 bits, by integer arithmetic: the same on every machine.

#ifndef LENTIL_WEIGHTS_HALF_H_
#define LENTIL_WEIGHTS_HALF_H_

#include <bit>
#include <cstdint>

namespace lentil {

// IEEE binary16: 5 bits of exponent, 10 of mantissa. Exact.
inline float FloatOfHalf(uint16_t half) {
  const uint32_t sign = uint32_t{half} >> 15 << 31;
  const uint32_t exponent = half >> 10 & 0x1f;
  const uint32_t mantissa = half & 0x3ff;
  if (exponent == 0) {  // zero or subnormal, in units of 2^-24
    const float size = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(size));
  }
  const uint32_t wide = exponent == 0x1f ? 0xff : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

// Rounded to nearest, ties to even; infinite from 65520 on. A NaN stays one.
inline uint16_t HalfOfFloat(float value) {
  constexpr uint32_t kInfinity = 0x7f800000;
  constexpr uint32_t kTooLarge = 0x477ff000;  // 65520
  constexpr uint32_t kNormal = 0x38800000;    // 2^-14
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 31 << 15;
  const uint32_t size = bits & 0x7fffffff;
  uint32_t half = 0x7c00;
  if (size > kInfinity) {
    half = 0x7e00;
  } else if (size < kNormal) {  // a multiple of 2^-24
    const uint32_t shift = 126 - (size >> 23);
    const uint32_t mantissa = (size & 0x7fffff) | 0x800000;
    if (shift > 24) return static_cast<uint16_t>(sign);  // below 2^-25
    half = mantissa >> shift;
    const uint32_t rest = mantissa - (half << shift);
    const uint32_t tie = uint32_t{1} << (shift - 1);
    if (rest > tie || (rest == tie && half % 2 != 0)) ++half;
  } else if (size < kTooLarge) {
    const uint32_t rounded = size + 0xfff + (size >> 13 & 1);
    half = (rounded >> 13) - ((127 - 15) << 10);
  }
  return static_cast<uint16_t>(sign | half);
}

// The upper half of a float. Exact.
inline float FloatOfBf16(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

// Rounded to nearest, ties to even; infinite beyond the largest. A NaN stays
// one.
inline uint16_t Bf16OfFloat(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) {
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  }
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_HALF_H_

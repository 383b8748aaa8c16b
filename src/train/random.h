// SPDX-License-Identifier: Apache-2.0
// Random numbers as a function of (seed, counter): nothing to store, and a
// resumed run draws what an uninterrupted one would have drawn.

#ifndef LENTIL_TRAIN_RANDOM_H_
#define LENTIL_TRAIN_RANDOM_H_

#include <cmath>
#include <cstdint>

#include "base/split_mix.h"

namespace lentil {

// Two rounds of SplitMix64 over seed and counter.
inline uint64_t RandomBits(uint64_t seed, uint64_t counter) {
  uint64_t z = seed * 0xD1342543DE82EF95u + counter * 0x9E3779B97F4A7C15u;
  z = SplitMix64(&z);
  return SplitMix64(&z);
}

// Uniform in [0, 1).
inline double RandomUniform(uint64_t seed, uint64_t counter) {
  return static_cast<double>(RandomBits(seed, counter) >> 11) * 0x1p-53;
}

// Standard normal (Box-Muller).
inline float RandomNormal(uint64_t seed, uint64_t counter) {
  const uint64_t bits = RandomBits(seed, counter);
  const double u = (static_cast<double>(bits >> 32) + 1.0) * 0x1p-32;
  const double angle = static_cast<double>(bits & 0xFFFFFFFFu) * 0x1p-32;
  return static_cast<float>(std::sqrt(-2.0 * std::log(u)) *
                            std::cos(6.283185307179586 * angle));
}

}  // namespace lentil

#endif  // LENTIL_TRAIN_RANDOM_H_

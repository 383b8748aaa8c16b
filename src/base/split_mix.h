// SPDX-License-Identifier: Apache-2.0
// SplitMix64 (Steele, Lea and Flood 2014): random bits from integers alone.

#ifndef LENTIL_BASE_SPLIT_MIX_H_
#define LENTIL_BASE_SPLIT_MIX_H_

#include <cstdint>

namespace lentil {

// One step: moves the state on and returns 64 bits of it.
inline uint64_t SplitMix64(uint64_t* state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace lentil

#endif  // LENTIL_BASE_SPLIT_MIX_H_

// SPDX-License-Identifier: Apache-2.0
// Chance that a number repeats.

#ifndef LENTIL_FUZZ_MUTATE_DICE_H_
#define LENTIL_FUZZ_MUTATE_DICE_H_

#include <cstddef>
#include <cstdint>

#include "base/split_mix.h"

namespace lentil {

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  // 0 … n − 1; 0 if n is 0.
  size_t Below(size_t n) { return n > 0 ? SplitMix64(&state_) % n : 0; }
  bool OneIn(size_t n) { return Below(n) == 0; }
  uint8_t Byte() { return static_cast<uint8_t>(Below(256)); }

 private:
  uint64_t state_;
};

}  // namespace lentil

#endif  // LENTIL_FUZZ_MUTATE_DICE_H_

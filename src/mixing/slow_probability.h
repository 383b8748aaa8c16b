// SPDX-License-Identifier: Apache-2.0
// A probability that settles.

#ifndef LENTIL_MIXING_SLOW_PROBABILITY_H_
#define LENTIL_MIXING_SLOW_PROBABILITY_H_

#include <algorithm>
#include <array>
#include <cstdint>

namespace lentil {

// P(1) in 22 bits and the number n ≤ 1023 of bits behind it: moves by
// 1 ÷ (n + 8/5) of the way to each.
class SlowProbability {
 public:
  SlowProbability() = default;
  // p: P(1) · 2^16. n: how many bits that is worth.
  SlowProbability(uint32_t p, uint32_t n) : bits_(p << 16 | n) {}

  uint32_t p() const { return bits_ >> 16; }  // · 2^16

  void Count(bool bit) {
    static constexpr std::array<int32_t, kMaxCount + 1> kRate = [] {
      std::array<int32_t, kMaxCount + 1> rate{};
      for (int n = 0; n <= kMaxCount; ++n) rate[n] = (5 << 16) / (5 * n + 8);
      return rate;
    }();
    const uint32_t n = bits_ & kMaxCount;
    const auto p = static_cast<int64_t>(bits_ >> kCountBits);
    const int64_t target = bit ? (1 << 22) - 1 : 0;
    const int64_t moved = p + ((target - p) * kRate[n] >> 16);
    bits_ = static_cast<uint32_t>(moved) << kCountBits |
            std::min<uint32_t>(n + 1, kMaxCount);
  }

 private:
  static constexpr int kCountBits = 10;
  static constexpr int kMaxCount = (1 << kCountBits) - 1;

  uint32_t bits_ = 0;
};

}  // namespace lentil

#endif  // LENTIL_MIXING_SLOW_PROBABILITY_H_

// SPDX-License-Identifier: Apache-2.0
#include "data/period.h"

#include <algorithm>
#include <cstddef>

namespace lentil {
namespace {

constexpr size_t kBlocks = 8;  // spread evenly
constexpr size_t kBlockSize = 512;
constexpr int kFar = 32;  // differences beyond it say no more

// Sum of min(|difference|, kFar) over a block.
uint32_t Difference(const uint8_t* a, const uint8_t* b) {
  uint32_t sum = 0;
  for (size_t i = 0; i < kBlockSize; ++i) {
    const int difference = a[i] < b[i] ? b[i] - a[i] : a[i] - b[i];
    sum += static_cast<uint32_t>(std::min(difference, kFar));
  }
  return sum;
}

}  // namespace

uint32_t FindPeriod(std::span<const uint8_t> bytes, uint32_t first,
                    uint32_t last) {
  if (bytes.size() < 2 * kBlockSize) return 0;
  // Blocks begin late enough for the longest period.
  last = std::min<uint32_t>(
      last, static_cast<uint32_t>(
                std::min<size_t>((bytes.size() - kBlockSize) / 2, kMaxPeriod)));
  const size_t step = (bytes.size() - kBlockSize - last) / (kBlocks - 1);
  uint32_t best = 0;
  uint32_t least = UINT32_MAX;
  for (uint32_t period = first; period <= last; ++period) {
    uint32_t sum = 0;
    for (size_t block = 0; block < kBlocks; ++block) {
      const uint8_t* const at = bytes.data() + last + block * step;
      sum += Difference(at, at - period);
    }
    if (sum < least - least / 50) {
      least = sum;
      best = period;
    }
  }
  return best;
}

}  // namespace lentil

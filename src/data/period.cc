// SPDX-License-Identifier: Apache-2.0
#include "data/period.h"

#include <algorithm>
#include <cstddef>

namespace lentil {
namespace {

constexpr uint32_t kBlocks = 8;  // spread evenly
constexpr uint32_t kBlockSize = 512;
constexpr uint32_t kNear = 4;  // periods about as good as their neighbours
constexpr int kFar = 32;       // differences beyond it say no more

// Sum of min(|difference|, kFar) over a block.
uint32_t Difference(const uint8_t* a, const uint8_t* b) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < kBlockSize; ++i) {
    const int difference = a[i] < b[i] ? b[i] - a[i] : a[i] - b[i];
    sum += static_cast<uint32_t>(std::min(difference, kFar));
  }
  return sum;
}

}  // namespace

Period FindPeriod(std::span<const uint8_t> bytes, uint32_t first,
                  uint32_t last) {
  if (bytes.size() < 2 * kBlockSize) return {};
  // Blocks begin late enough for the longest period.
  last = std::min<uint32_t>(
      last, static_cast<uint32_t>(
                std::min<size_t>((bytes.size() - kBlockSize) / 2, kMaxPeriod)));
  const size_t step = (bytes.size() - kBlockSize - last) / (kBlocks - 1);
  Period best;
  uint32_t least = UINT32_MAX;
  for (uint32_t period = first; period <= last; ++period) {
    uint32_t sum = 0;
    for (uint32_t block = 0; block < kBlocks; ++block) {
      const uint8_t* const at = bytes.data() + last + block * step;
      sum += Difference(at, at - period);
    }
    // A multiple of the best is often a little better.
    const uint32_t margin = period - best.bytes <= kNear ? 0 : least / 50;
    if (sum < least - margin) {
      least = sum;
      best = {period, sum / (kBlocks * kBlockSize / 16)};
    }
  }
  return best;
}

}  // namespace lentil

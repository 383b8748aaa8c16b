// SPDX-License-Identifier: Apache-2.0
#include "data/period.h"

#include <gtest/gtest.h>

#include <vector>

namespace lentil {
namespace {

// Records of `period` bytes: each byte wanders slowly, but differs from its
// neighbours.
std::vector<uint8_t> Records(size_t size, uint32_t period) {
  std::vector<uint8_t> bytes(size);
  uint32_t state = 1;
  for (size_t i = 0; i < size; ++i) {
    state = state * 1664525 + 1013904223;
    bytes[i] = static_cast<uint8_t>(
        i < period ? state >> 24 : bytes[i - period] + (state >> 30) - 1);
  }
  return bytes;
}

TEST(Period, IsTheDistanceOfLeastDifference) {
  for (const uint32_t period : {3u, 24u, 61u, 700u, 3072u}) {
    EXPECT_EQ(FindPeriod(Records(1 << 16, period), 1, 4096).bytes, period);
  }
}

TEST(Period, OfAConstantIsTheFirst) {
  EXPECT_EQ(FindPeriod(std::vector<uint8_t>(5000, 7), 2, 64).bytes, 2u);
}

TEST(Period, NeedsSomeBytes) {
  EXPECT_EQ(FindPeriod({}, 1, 64).bytes, 0u);
  EXPECT_EQ(FindPeriod(std::vector<uint8_t>(1000, 1), 1, 64).bytes, 0u);
  EXPECT_EQ(FindPeriod(Records(1024, 3), 1, kMaxPeriod).bytes, 3u);
}

TEST(Period, ChanceHasNone) {
  std::vector<uint8_t> bytes(1 << 16);
  uint32_t state = 1;
  for (uint8_t& b : bytes) {
    state = state * 1664525 + 1013904223;
    b = static_cast<uint8_t>(state >> 24);
  }
  EXPECT_FALSE(FindPeriod(bytes, 1, kMaxPeriod).is_likely());
  EXPECT_TRUE(FindPeriod(Records(1 << 16, 12), 1, 64).is_likely());
  EXPECT_FALSE(FindPeriod({}, 1, 64).is_likely());
}

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "weights/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lentil {
namespace {

constexpr uint16_t kInfinity = 0x7c00;

TEST(Half, KnownValues) {
  EXPECT_EQ(FloatOfHalf(0x3c00), 1.0f);
  EXPECT_EQ(FloatOfHalf(0xc000), -2.0f);
  EXPECT_EQ(FloatOfHalf(0x7bff), 65504.0f);
  EXPECT_EQ(FloatOfHalf(0x0001), 0x1p-24f);
  EXPECT_EQ(FloatOfHalf(0x03ff), 0x3ffp-24f);
  EXPECT_EQ(FloatOfHalf(0xfc00), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(FloatOfHalf(0x7c01)));
  EXPECT_TRUE(std::signbit(FloatOfHalf(0x8000)));
  EXPECT_EQ(FloatOfBf16(0xbfc0), -1.5f);
  EXPECT_EQ(HalfOfFloat(1e9f), kInfinity);
  EXPECT_EQ(HalfOfFloat(-std::numeric_limits<float>::infinity()), 0xfc00);
  EXPECT_TRUE(std::isnan(FloatOfHalf(HalfOfFloat(std::nanf("")))));
  EXPECT_EQ(HalfOfFloat(std::numeric_limits<float>::denorm_min()), 0);
}

// Every positive half against the next one: what lies between goes to the
// nearer, the middle to the even one.
TEST(Half, RoundsToNearestEven) {
  for (uint16_t half = 0; half < kInfinity; ++half) {
    const uint16_t next = half + 1;
    const float low = FloatOfHalf(half);
    const float high = next == kInfinity ? 65536.0f : FloatOfHalf(next);
    const float middle = (low + high) / 2;
    ASSERT_EQ(HalfOfFloat(low), half);
    ASSERT_EQ(HalfOfFloat(-low), half | 0x8000);
    ASSERT_EQ(HalfOfFloat(std::nextafter(middle, low)), half);
    ASSERT_EQ(HalfOfFloat(middle), half % 2 == 0 ? half : next);
    ASSERT_EQ(HalfOfFloat(std::nextafter(middle, high)), next);
  }
}

// All bf16 numbers; what lies between goes to the nearer, the middle to the
// even one.
TEST(Half, Bf16RoundsToNearestEven) {
  constexpr uint16_t kLargest = 0x7f7f;
  for (uint16_t bits = 0; bits < kLargest; ++bits) {
    const uint16_t next = bits + 1;
    const float low = FloatOfBf16(bits);
    const auto middle =
        std::bit_cast<float>(std::bit_cast<uint32_t>(low) + 0x8000);
    ASSERT_EQ(Bf16OfFloat(low), bits);
    ASSERT_EQ(Bf16OfFloat(-low), bits | 0x8000);
    ASSERT_EQ(Bf16OfFloat(std::nextafter(middle, 0.0f)), bits);
    ASSERT_EQ(Bf16OfFloat(middle), bits % 2 == 0 ? bits : next);
    ASSERT_EQ(Bf16OfFloat(std::nextafter(middle, INFINITY)), next);
  }
  EXPECT_EQ(Bf16OfFloat(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_TRUE(std::isnan(FloatOfBf16(Bf16OfFloat(std::nanf("")))));
}

}  // namespace
}  // namespace lentil

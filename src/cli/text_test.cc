// SPDX-License-Identifier: Apache-2.0
// Text for people and from people.

#include "cli/text.h"

#include <gtest/gtest.h>

namespace lentil {
namespace {

TEST(Text, SizesHaveThreeDigits) {
  EXPECT_EQ(SizeText(0), "0 B");
  EXPECT_EQ(SizeText(999), "999 B");
  EXPECT_EQ(SizeText(1000), "1.00 kB");
  EXPECT_EQ(SizeText(9996), "10.0 kB");
  EXPECT_EQ(SizeText(999'999), "1.00 MB");
  EXPECT_EQ(SizeText(45'600'000'000), "45.6 GB");
}

TEST(Text, DurationsSuitTheirLength) {
  EXPECT_EQ(DurationText(0.24), "0.2 s");
  EXPECT_EQ(DurationText(59.4), "59 s");
  EXPECT_EQ(DurationText(200), "3 min 20 s");
  EXPECT_EQ(DurationText(7500), "2 h 5 min");
}

TEST(Text, RatesAreOfTheSource) {
  EXPECT_EQ(RateText(230, 1000), "23.0 %, 1.840 bits/byte");
  EXPECT_EQ(RateText(230, 0), "");
}

TEST(Text, SizesAreReadAsTyped) {
  EXPECT_EQ(*ParseSize("4096"), 4096u);
  EXPECT_EQ(*ParseSize("4k"), 4096u);
  EXPECT_EQ(*ParseSize("4KiB"), 4096u);
  EXPECT_EQ(*ParseSize("4KB"), 4000u);
  EXPECT_EQ(*ParseSize("64M"), 64u << 20);
  EXPECT_EQ(*ParseSize("2GiB"), uint64_t{2} << 30);
  for (const char* bad : {"", "x", "-1", "4X", "4MiBs", "4 M", "99999999999G",
                          "99999999999999999999"}) {
    EXPECT_FALSE(ParseSize(bad).ok()) << bad;
  }
}

TEST(Text, MillionthsAreExact) {
  constexpr uint64_t kMost = 100'000'000;
  EXPECT_EQ(*ParseMillionths("0", kMost), 0u);
  EXPECT_EQ(*ParseMillionths("0.8", kMost), 800'000u);
  EXPECT_EQ(*ParseMillionths(".000001", kMost), 1u);
  EXPECT_EQ(*ParseMillionths("1.", kMost), 1'000'000u);
  EXPECT_EQ(*ParseMillionths("100", kMost), kMost);
  for (const char* bad : {"", ".", "-1", "+1", "1e3", "0.0000001", "100.000001",
                          "1.2.3", " 1", "nan", "99999999999999999999"}) {
    EXPECT_FALSE(ParseMillionths(bad, kMost).ok()) << bad;
  }
}

TEST(Text, WholeNumbersAreDigitsInARange) {
  EXPECT_EQ(*ParseWhole("7", 7, 9), 7u);
  EXPECT_EQ(*ParseWhole("18446744073709551615", 0, UINT64_MAX), UINT64_MAX);
  for (const char* bad : {"", "6", "10", "-8", "+8", "8 ", "8k", "0x8", "8.0",
                          "18446744073709551616"}) {
    EXPECT_FALSE(ParseWhole(bad, 7, 9).ok()) << bad;
  }
}

TEST(Text, NearestWordForgivesTyposButDoesNotGuess) {
  const std::string_view words[] = {"compress", "decompress", "test"};
  EXPECT_EQ(Nearest("comperss", words), "compress");
  EXPECT_EQ(Nearest("decomp", words), "decompress");
  EXPECT_EQ(Nearest("tset", words), "test");
  EXPECT_EQ(Nearest("zzzzzz", words), "");
}

}  // namespace
}  // namespace lentil

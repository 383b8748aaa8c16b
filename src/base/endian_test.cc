// SPDX-License-Identifier: Apache-2.0
#include "base/endian.h"

#include <gtest/gtest.h>

namespace lentil {
namespace {

TEST(Endian, StoresLowestByteFirst) {
  uint8_t bytes[8];
  StoreLe<uint32_t>(0x01020304, bytes);
  EXPECT_EQ(bytes[0], 4);
  EXPECT_EQ(bytes[3], 1);
  EXPECT_EQ(LoadLe<uint32_t>(bytes), 0x01020304u);
  StoreLe<uint64_t>(0xfedcba9876543210, bytes);
  EXPECT_EQ(LoadLe<uint64_t>(bytes), 0xfedcba9876543210u);
  EXPECT_EQ(LoadLe<uint16_t>(bytes), 0x3210u);
}

TEST(Varint, RoundTripsAtEveryWidth) {
  for (int bit = 0; bit < 64; ++bit) {
    for (uint64_t delta : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
      const uint64_t value = (uint64_t{1} << bit) + delta;
      std::vector<uint8_t> bytes;
      AppendVarint(value, &bytes);
      EXPECT_EQ(bytes.size(), VarintSize(value));
      size_t at = 0;
      uint64_t back = 0;
      ASSERT_EQ(ReadVarint(bytes, &at, &back), VarintResult::kOk);
      EXPECT_EQ(back, value);
      EXPECT_EQ(at, bytes.size());
    }
  }
}

TEST(Varint, TruncatedAtEveryByteIsTold) {
  std::vector<uint8_t> bytes;
  AppendVarint(~uint64_t{0}, &bytes);
  EXPECT_EQ(bytes.size(), kMaxVarintBytes);
  for (size_t n = 0; n < bytes.size(); ++n) {
    size_t at = 0;
    uint64_t value = 7;
    EXPECT_EQ(ReadVarint(std::span(bytes).first(n), &at, &value),
              VarintResult::kTruncated);
    EXPECT_EQ(at, 0u);
    EXPECT_EQ(value, 7u);
  }
}

TEST(Varint, RefusesLongFormsAndMoreThan64Bits) {
  const std::vector<std::vector<uint8_t>> bad = {
      {0x80, 0x00},
      {0xff, 0x80, 0x00},
      {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02},
      {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x00},
  };
  for (const auto& bytes : bad) {
    size_t at = 0;
    uint64_t value = 0;
    EXPECT_EQ(ReadVarint(bytes, &at, &value), VarintResult::kInvalid);
  }
}

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
#include "format/record.h"

#include <gtest/gtest.h>

namespace lentil {
namespace {

const std::vector<uint8_t> kCoded = {9, 8, 7};

TEST(Record, RoundTripsInEveryForm) {
  for (int form = 0; form < 8; ++form) {
    const RecordOptions options = {(form & 1) != 0, (form & 2) != 0};
    Record record;
    record.stored = (form & 4) != 0;
    record.raw_size = record.stored ? 3 : 2048;
    record.coded = kCoded;
    record.check = options.check ? 0xa1b2c3d4 : 0;
    std::vector<uint8_t> bytes;
    AppendRecord(record, options, &bytes);
    EXPECT_LE(bytes.size(), 3u + 4 + (options.check ? 4 : 0));
    const auto back = ParseRecord(bytes, options, record.raw_size);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->raw_size, record.raw_size);
    EXPECT_EQ(back->stored, record.stored);
    EXPECT_EQ(back->check, record.check);
    EXPECT_TRUE(std::equal(kCoded.begin(), kCoded.end(), back->coded.begin(),
                           back->coded.end()));
  }
}

TEST(Record, HeadTakesAtMostFourBytes) {
  Record record;
  record.raw_size = kMaxRecordSize;
  std::vector<uint8_t> bytes;
  AppendRecord(record, {}, &bytes);
  EXPECT_EQ(bytes.size(), 4u);
  EXPECT_EQ(ParseRecord(bytes, {}, 0)->raw_size, kMaxRecordSize);
}

TEST(Record, WhatCannotBeARecordIsRefused) {
  const RecordOptions bare = {false, false};
  const RecordOptions checked = {true, true};
  EXPECT_FALSE(ParseRecord({}, bare, 1).ok());
  EXPECT_FALSE(ParseRecord(std::vector<uint8_t>{2}, bare, 1).ok());
  EXPECT_FALSE(ParseRecord(std::vector<uint8_t>{4, 1, 2, 3}, checked, 0).ok());
  EXPECT_FALSE(ParseRecord(std::vector<uint8_t>{5, 1}, {}, 0).ok());
  EXPECT_FALSE(
      ParseRecord(std::vector<uint8_t>{0x80, 0x80, 0x80, 0x80, 1}, {}, 0).ok());
  EXPECT_FALSE(ParseRecord(std::vector<uint8_t>{0}, bare, 1ull << 40).ok());
}

}  // namespace
}  // namespace lentil

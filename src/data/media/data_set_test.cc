// SPDX-License-Identifier: Apache-2.0

#include "data/media/data_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes Text(const std::string& text) { return Bytes(text.begin(), text.end()); }

TEST(DataSet, NamesAreThoseOfTheKinds) {
  for (const char* name : {"text", "gray", "audio8", "audio16", "random"}) {
    ASSERT_TRUE(SetKindOf(name)) << name;
    EXPECT_EQ(NameOf(*SetKindOf(name)), name);
  }
  EXPECT_FALSE(SetKindOf("video"));
}

TEST(DataSet, TextLosesWhatIsLeftOfEachFile) {
  Bytes out;
  ASSERT_TRUE(AppendChunks(SetKind::kText, Text("abcdefg"), 3, &out).ok());
  ASSERT_TRUE(AppendChunks(SetKind::kText, Text("hi"), 3, &out).ok());
  ASSERT_TRUE(AppendChunks(SetKind::kText, Text("xyz"), 3, &out).ok());
  EXPECT_EQ(out, Text("abcdefxyz"));
}

TEST(DataSet, ChunksComeWholeFromAnyPieces) {
  for (size_t piece = 1; piece < 12; ++piece) {
    Bytes out;
    ChunkCutter cutter(3, [&out](std::span<const uint8_t> bytes) {
      EXPECT_EQ(bytes.size() % 3, 0u);
      EXPECT_FALSE(bytes.empty());
      out.insert(out.end(), bytes.begin(), bytes.end());
      return Status();
    });
    const Bytes text = Text("abcdefghijk");
    for (size_t at = 0; at < text.size(); at += piece) {
      const size_t size = std::min(piece, text.size() - at);
      ASSERT_TRUE(cutter.Add(std::span(text).subspan(at, size)).ok());
    }
    EXPECT_EQ(out, Text("abcdefghi")) << piece;
  }
}

TEST(DataSet, AFileThatFailsAddsNothing) {
  Bytes out = Text("abc");
  EXPECT_FALSE(
      AppendChunks(SetKind::kGray, Text("P5 9 9 9 x"), 128, &out).ok());
  EXPECT_FALSE(AppendChunks(SetKind::kAudio8, Text("x"), 128, &out).ok());
  EXPECT_EQ(out, Text("abc"));
}

TEST(DataSet, PatchesAreRowsOfSixtyFour) {
  Bytes file = Text("P5 130 3 255\n");
  for (int i = 0; i < 390; ++i) file.push_back(static_cast<uint8_t>(i));
  Bytes out;
  ASSERT_TRUE(AppendChunks(SetKind::kGray, file, 128, &out).ok());
  ASSERT_EQ(out.size(), 256u);  // two patches of two rows
  EXPECT_EQ(out[63], 63);
  EXPECT_EQ(out[64], 130);  // the second row
  EXPECT_EQ(out[128], 64);  // the second patch
  EXPECT_EQ(AppendChunks(SetKind::kGray, file, 100, &out).code(),
            Code::kInvalidArgument);
}

TEST(DataSet, RandomIsTheSameEverywhere) {
  const Bytes bytes = RandomChunks(2, 3, 1);
  EXPECT_EQ(bytes, RandomChunks(2, 3, 1));
  EXPECT_NE(bytes, RandomChunks(2, 3, 2));
  // Top bytes of mt19937_64; the 10000th number of seed 5489 is the standard's.
  const Bytes many = RandomChunks(10000, 1, 5489);
  EXPECT_EQ(many.back(), 9981545732273789042u >> 56);
}

TEST(DataSet, SamplesAreSpreadEvenlyAndInOrder) {
  Bytes bytes;
  for (int i = 0; i < 100; ++i) bytes.insert(bytes.end(), 2, i);
  EXPECT_EQ(SampleChunks(bytes, 2, 100, 1), bytes);
  const Bytes few = SampleChunks(bytes, 2, 10, 1);
  ASSERT_EQ(few.size(), 20u);
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(few[2 * i] / 10, i);  // one of each ten
    EXPECT_EQ(few[2 * i], few[2 * i + 1]);
  }
  EXPECT_EQ(few, SampleChunks(bytes, 2, 10, 1));
  EXPECT_NE(few, SampleChunks(bytes, 2, 10, 2));
}

// These are what mt19937_64 gives: changing them changes published figures.
TEST(DataSet, TheChoiceIsFixed) {
  EXPECT_EQ(ChooseChunks(3, 5, 1), (std::vector<uint64_t>{0, 1, 2}));
  EXPECT_EQ(ChooseChunks(0, 5, 1), std::vector<uint64_t>());
  std::vector<uint64_t> expected;
  std::mt19937_64 random(7);
  for (uint64_t i = 0; i < 4; ++i) expected.push_back(25 * i + random() % 25);
  EXPECT_EQ(ChooseChunks(100, 4, 7), expected);
  Bytes bytes;
  for (int i = 0; i < 100; ++i) bytes.insert(bytes.end(), 2, i);
  Bytes sample;
  for (const uint64_t i : expected) {
    sample.insert(sample.end(), 2, static_cast<uint8_t>(i));
  }
  EXPECT_EQ(SampleChunks(bytes, 2, 4, 7), sample);
}

TEST(DataSet, MaskedBitsAreCountedAsThePaperDoes) {
  Bytes text = {'a', 0xC3, 0xA4, 'b'};
  EXPECT_EQ(MaskForPaper(SetKind::kText, text), 2u);
  EXPECT_EQ(text, (Bytes{'a', 0x43, 0x24, 'b'}));
  Bytes image = {0, 1, 254, 255};
  EXPECT_EQ(MaskForPaper(SetKind::kGray, image), 4u);
  EXPECT_EQ(image, (Bytes{0, 0, 127, 127}));
  EXPECT_DOUBLE_EQ(PaperCodeRate(7, 16, 16), 7.0 / 14);        // × 8/7
  EXPECT_DOUBLE_EQ(PaperTextRate(7, 16, 16), (7.0 + 2) / 16);  // + 12.5 points
}

}  // namespace
}  // namespace lentil

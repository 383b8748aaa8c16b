// SPDX-License-Identifier: Apache-2.0
#include "codec/frame_codec.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "codec/stream_test_util.h"
#include "codec/zstd_frame.h"

namespace lentil {
namespace {

FrameKind KindFor(const Bytes& raw, FrameKind preferred) {
  const FakeCoder coder;
  CodedFrame frame;
  EXPECT_TRUE(
      EncodeFrame(raw, {preferred, 19, &coder}, FrameContext{}, &frame).ok());
  EXPECT_EQ(frame.header.raw_check, Hash32(raw));
  return frame.header.kind;
}

TEST(FrameCodec, TakesTheSmallestWay) {
  using enum FrameKind;
  EXPECT_EQ(KindFor(TextLike(50'000), kModel), kModel);
  EXPECT_EQ(KindFor(TextLike(50'000), kZstd), kZstd);
  EXPECT_EQ(KindFor(TextLike(50'000), kStored), kStored);
  EXPECT_EQ(KindFor(Bytes(50'000, 7), kModel), kZstd);
  EXPECT_EQ(KindFor(RandomBytes(50'000), kModel), kStored);
  EXPECT_EQ(KindFor(RandomBytes(50'000), kZstd), kStored);
  EXPECT_EQ(KindFor({1}, kModel), kStored);
  // The model would save a quarter; zstd sees that the halves are equal.
  const Bytes once = RandomBytes(50'000);
  Bytes twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  EXPECT_EQ(KindFor(twice, kModel), kZstd);
}

TEST(FrameCodec, RepetitiveDataTakeMixingInsteadOfAModel) {
  using enum FrameKind;
  const Bytes once = TextLike(20'000);
  Bytes raw;
  for (int i = 0; i < 6; ++i) raw.insert(raw.end(), once.begin(), once.end());
  raw.push_back(7);
  EXPECT_EQ(KindFor(raw, kModel), kMixing);
  EXPECT_EQ(KindFor(raw, kZstd), kZstd);
  EXPECT_EQ(KindFor(once, kMixing), kMixing);
  EXPECT_EQ(KindFor(RandomBytes(50'000), kMixing), kStored);

  CodedFrame frame;
  ASSERT_TRUE(
      EncodeFrame(raw, {kMixing, 19, nullptr}, FrameContext{}, &frame).ok());
  Bytes restored(raw.size());
  ASSERT_TRUE(DecodeFrame(frame.header, frame.payload, nullptr, FrameContext{},
                          restored)
                  .ok());
  EXPECT_EQ(restored, raw);
}

TEST(FrameCodec, RandomDataWithALongRepeatAreNotTakenForIncompressible) {
  Bytes raw = RandomBytes(100'000);
  const Bytes once = raw;
  raw.insert(raw.end(), once.begin(), once.end());
  EXPECT_EQ(KindFor(raw, FrameKind::kZstd), FrameKind::kZstd);
}

TEST(ZstdFrame, RoundTripsWithinItsLimitOnly) {
  const Bytes raw = TextLike(300'000);
  Bytes out;
  bool fits = false;
  ASSERT_TRUE(ZstdCompress(raw, 19, raw.size(), nullptr, &out, &fits).ok());
  ASSERT_TRUE(fits);
  Bytes back(raw.size());
  ASSERT_TRUE(ZstdDecompress(out, back).ok());
  EXPECT_EQ(back, raw);
  Bytes longer(raw.size() + 1);
  EXPECT_EQ(ZstdDecompress(out, longer).code(), Code::kCorrupt);
  Bytes shorter(raw.size() - 1);
  EXPECT_EQ(ZstdDecompress(out, shorter).code(), Code::kCorrupt);

  const size_t size = out.size();
  ASSERT_TRUE(ZstdCompress(raw, 19, size - 1, nullptr, &out, &fits).ok());
  EXPECT_FALSE(fits);
  EXPECT_TRUE(out.empty());
  ASSERT_TRUE(ZstdCompress({}, 1, 0, nullptr, &out, &fits).ok());
  EXPECT_FALSE(fits);
}

TEST(ZstdFrame, CanBeCancelled) {
  const std::atomic<bool> cancelled{true};
  Bytes out;
  bool fits = false;
  EXPECT_EQ(ZstdCompress(TextLike(10), 1, 10, &cancelled, &out, &fits).code(),
            Code::kCancelled);
}

TEST(ZstdFrame, TablesOfTheHighLevelsStaySmall) {
  EXPECT_LT(ZstdMemory(4u << 20, 19), 9u << 20);
  EXPECT_LT(ZstdMemory(64u << 20, 19), 100u << 20);
}

}  // namespace
}  // namespace lentil

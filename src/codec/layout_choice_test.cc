// SPDX-License-Identifier: Apache-2.0
#include "codec/layout_choice.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/frame_codec.h"
#include "codec/lane_frame.h"
#include "codec/stream_test_util.h"

namespace lentil {
namespace {

using Kind = Layout::Kind;

LayoutChoice Choice(const Bytes& raw) {
  return ChooseLayout(raw, FrameContext{}).value();
}

Bytes Prose(size_t size, const std::string& word) {
  Bytes text;
  for (uint32_t i = 0; text.size() < size; i = i * 5 + 3) {
    const std::string words = word + " " + std::to_string(i % 997) + "\n";
    text.insert(text.end(), words.begin(), words.end());
  }
  text.resize(size);
  return text;
}

// Rows of a picture that changes slowly to the right and downwards.
Bytes Picture(size_t width, size_t height) {
  const Bytes noise = RandomBytes(width * height);
  Bytes pixels(noise.size());
  for (size_t y = 0; y < height; ++y) {
    for (size_t x = 0; x < width; ++x) {
      pixels[y * width + x] =
          static_cast<uint8_t>(x * x / 97 + y + (noise[y * width + x] & 3));
    }
  }
  return pixels;
}

// Records of 24 bytes: counters, flags and a random number.
Bytes Table(size_t records) {
  const Bytes noise = RandomBytes(records * 2);
  Bytes table(records * 24);
  for (size_t i = 0; i < records; ++i) {
    uint8_t* const at = &table[i * 24];
    at[0] = static_cast<uint8_t>(i);
    at[1] = static_cast<uint8_t>(i >> 8);
    at[4] = noise[2 * i] < 200 ? 18 : 34;
    at[6] = static_cast<uint8_t>(i % 7 * 16);
    at[8] = noise[2 * i + 1];
    at[16] = noise[2 * i] < 50 ? 200 : 8;
  }
  return table;
}

// Code that calls a few functions, with random bytes between.
Bytes Program(size_t size) {
  Bytes bytes = RandomBytes(size);
  for (uint8_t& b : bytes) b &= 0x7f;
  for (uint32_t at = 0; at + 5 <= size; at += 24) {
    const uint32_t distance = bytes[at] % 8 * 5000 - at;
    bytes[at] = 0xe8;
    for (int i = 0; i < 4; ++i) {
      bytes[at + 1 + i] = static_cast<uint8_t>(distance >> 8 * i);
    }
  }
  return bytes;
}

TEST(LayoutChoice, TextIsText) {
  EXPECT_TRUE(Choice({}).is_text);
  EXPECT_TRUE(Choice(Bytes(10'000, ' ')).is_text);
  EXPECT_TRUE(Choice(Prose(100'000, "lentil")).is_text);
  EXPECT_TRUE(Choice(Prose(100'000, "чечевица")).is_text);
}

TEST(LayoutChoice, SeesPicturesTablesAndPrograms) {
  const LayoutChoice picture = Choice(Picture(300, 300));
  EXPECT_EQ(picture.layout.kind, Kind::kSamples);
  EXPECT_EQ(picture.layout.period, 300u);
  const LayoutChoice table = Choice(Table(4000));
  EXPECT_NE(table.layout.kind, Kind::kText);
  EXPECT_EQ(table.layout.period % 24, 0u);
  EXPECT_FALSE(table.x86_calls);
  EXPECT_TRUE(Choice(Program(100'000)).x86_calls);
  EXPECT_FALSE(Choice(Program(100'000)).is_text);
}

TEST(LayoutChoice, PaysAndIsRestored) {
  for (const Bytes& raw : {Picture(300, 200), Table(3000), Program(60'000)}) {
    CodedFrame frame;
    const FakeCoder coder;
    ASSERT_TRUE(
        EncodeFrame(raw, {.coder = &coder}, FrameContext{}, &frame).ok());
    EXPECT_EQ(frame.header.kind, FrameKind::kMixing) << "models know text";
    std::vector<uint8_t> as_text;
    ASSERT_TRUE(EncodeLanes(raw, ChooseParameters(raw.size(), {.lanes = 1}),
                            nullptr, FrameContext{}, &as_text)
                    .ok());
    EXPECT_LT(frame.payload.size(), as_text.size() * 9 / 10);
    Bytes restored(raw.size());
    ASSERT_TRUE(DecodeFrame(frame.header, frame.payload, nullptr,
                            FrameContext{}, restored)
                    .ok());
    EXPECT_EQ(restored, raw);
  }
}

TEST(LayoutChoice, EveryLayoutIsRestoredInManyLanes) {
  const Bytes raw = Program(5000);
  for (const Kind kind : {Kind::kText, Kind::kFields, Kind::kSamples}) {
    for (const uint32_t period : {1u, 7u, 8u, 9u, 300u, 65536u}) {
      LaneParameters parameters = {5, 2, 9};
      if (kind != Kind::kText) parameters.layout = {kind, period};
      parameters.x86_calls = period % 2 == 1;
      Bytes payload;
      ASSERT_TRUE(
          EncodeLanes(raw, parameters, nullptr, FrameContext{}, &payload).ok());
      Bytes restored(raw.size());
      ASSERT_TRUE(DecodeLanes(payload, nullptr, FrameContext{}, restored).ok());
      EXPECT_EQ(restored, raw) << static_cast<int>(kind) << ", " << period;
    }
  }
}

TEST(LayoutChoice, LyingParametersAreCorrupt) {
  const Bytes stream(40, 0x55);
  for (const Bytes& head : {
           Bytes{1, 1, 8 | 3 << 5, 4},                 // no such kind
           Bytes{1, 1, 8 | 1 << 5, 0},                 // no period
           Bytes{1, 1, 8 | 1 << 5, 0x81, 0x80, 0x04},  // 65537
           Bytes{1, 1, 0 | 1 << 5, 4},                 // without context models
           Bytes{1, 1, 0x88, 0x02},                    // an unknown flag
           Bytes{1, 1, 7},
       }) {
    Bytes payload = head;
    payload.insert(payload.end(), stream.begin(), stream.end());
    Bytes restored(100);
    EXPECT_EQ(DecodeLanes(payload, nullptr, FrameContext{}, restored).code(),
              Code::kCorrupt);
  }
}

}  // namespace
}  // namespace lentil

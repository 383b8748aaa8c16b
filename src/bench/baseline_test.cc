// SPDX-License-Identifier: Apache-2.0

#include "bench/baseline.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "bench/measure.h"

namespace lentil {
namespace {

std::vector<uint8_t> Noise(size_t size) {
  std::vector<uint8_t> bytes;
  uint32_t state = 1;
  for (size_t i = 0; i < size; ++i) {
    state = state * 1664525 + 1013904223;
    bytes.push_back(static_cast<uint8_t>(state >> 24));
  }
  return bytes;
}

// A slope in rows of 64 with a little noise: like a patch of a photograph.
std::vector<uint8_t> Slope(size_t size) {
  std::vector<uint8_t> bytes = Noise(size);
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<uint8_t>(bytes[i] % 4 + i / 64 + 2 * (i % 64));
  }
  return bytes;
}

// Two notes in signed 16-bit samples.
std::vector<uint8_t> Notes(size_t samples) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i);
    const auto sample = static_cast<uint16_t>(static_cast<int16_t>(
        9000 * std::sin(t * 0.05) + 6000 * std::sin(t * 0.081)));
    bytes.push_back(static_cast<uint8_t>(sample));
    bytes.push_back(static_cast<uint8_t>(sample >> 8));
  }
  return bytes;
}

uint64_t CodeBytes(std::string_view name, const std::vector<uint8_t>& bytes,
                   const PieceForm& form = {}) {
  const Baseline* baseline = FindBaseline(name);
  EXPECT_NE(baseline, nullptr) << name;
  const Result<MakePieceCoder> make = CoderOf(*baseline, form);
  if (!make.ok()) return 0;
  const std::span<const uint8_t> pieces[] = {bytes};
  const Result<Measurement> done = MeasurePieces(*make, pieces, 1);
  EXPECT_TRUE(done.ok()) << name << ": " << done.status().message();
  return done.ok() ? done->pieces[0].code_bytes : 0;
}

TEST(Baseline, RestoresPiecesOfAnySize) {
  for (const Baseline& baseline : Baselines()) {
    if (baseline.encode == nullptr) continue;
    for (const size_t size : {1, 2, 31, 63, 64, 65, 100, 2047, 2048, 5000}) {
      EXPECT_GT(CodeBytes(baseline.name, Slope(size)), 0u) << baseline.name;
      EXPECT_GT(CodeBytes(baseline.name, Noise(size)), 0u) << baseline.name;
    }
  }
}

TEST(Baseline, TallImagesBecomeStrips) {
  const std::vector<uint8_t> tall = Slope(2 * 16384);
  const PieceForm narrow = {.columns = 2};
  for (const std::string_view name : {"png", "webp", "jxl"}) {
    if (FindBaseline(name)->encode == nullptr) continue;
    EXPECT_GT(CodeBytes(name, tall, narrow), 0u) << name;
  }
}

TEST(Baseline, ImageCodersGainFromTheRightWidth) {
  const std::vector<uint8_t> patch = Slope(2048);
  const uint64_t gzip = CodeBytes("gzip", patch);
  const uint64_t png = CodeBytes("png", patch);
  EXPECT_LT(png, gzip);
  EXPECT_LT(png, CodeBytes("png32", patch));
  if (FindBaseline("jxl")->encode != nullptr) {
    EXPECT_LT(CodeBytes("jxl", patch), png);
  }
}

TEST(Baseline, FlacGainsFromSixteenBits) {
  const std::vector<uint8_t> notes = Notes(4096);
  EXPECT_LT(CodeBytes("flac", notes, {.sample_bits = 16}),
            CodeBytes("gzip", notes));
  EXPECT_LT(2 * CodeBytes("flac", notes, {.sample_bits = 16}),
            CodeBytes("flac", notes));
}

TEST(Baseline, DamageIsAnErrorOrOtherBytes) {
  const std::vector<uint8_t> piece = Slope(2048);
  for (const Baseline& baseline : Baselines()) {
    if (baseline.encode == nullptr) continue;
    std::vector<uint8_t> code;
    ASSERT_TRUE(baseline.encode(piece, {}, &code).ok()) << baseline.name;
    std::vector<uint8_t> restored(piece.size());
    const std::span<const uint8_t> cut =
        std::span<const uint8_t>(code).first(code.size() / 2);
    const bool ok = baseline.decode(cut, {}, restored).ok();
    EXPECT_FALSE(ok && restored == piece) << baseline.name;
  }
}

TEST(Baseline, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const Baseline& baseline : Baselines()) {
    EXPECT_TRUE(names.insert(baseline.name).second) << baseline.name;
  }
  EXPECT_EQ(FindBaseline("nothing"), nullptr);
}

TEST(Measure, HeaderIsTheCodeOfOneZero) {
  const Result<MakePieceCoder> gzip = CoderOf(*FindBaseline("gzip"), {});
  ASSERT_TRUE(gzip.ok());
  // 10 bytes before and 8 behind the deflate stream of a literal: 3 bytes.
  EXPECT_EQ(*HeaderBytes(*gzip, 8), 21u);
}

TEST(Measure, PiecesKeepTheirOrderOnManyThreads) {
  const std::vector<uint8_t> bytes = Slope(10000);
  const auto pieces = Cut(bytes, 2048);
  ASSERT_EQ(pieces.size(), 5u);
  EXPECT_EQ(pieces.back().size(), 10000u - 4 * 2048);
  const Result<MakePieceCoder> gzip = CoderOf(*FindBaseline("gzip"), {});
  const Result<Measurement> one = MeasurePieces(*gzip, pieces, 1);
  const Result<Measurement> four = MeasurePieces(*gzip, pieces, 4);
  ASSERT_TRUE(one.ok() && four.ok());
  for (size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_EQ(one->pieces[i].code_bytes, four->pieces[i].code_bytes);
  }
  EXPECT_EQ(Sum(one->pieces).bytes, 10000u);
}

// Restores nothing but zeros.
class Forgetful final : public PieceCoder {
  Status Encode(std::span<const uint8_t>, std::vector<uint8_t>* code) override {
    code->assign(1, 0);
    return Status();
  }
  Status Decode(std::span<const uint8_t>, std::span<uint8_t>) override {
    return Status();
  }
};

TEST(Measure, OtherBytesAreRefused) {
  const std::vector<uint8_t> bytes = Slope(100);
  const auto pieces = Cut(bytes, 50);
  const MakePieceCoder make = [] {
    return Result<std::unique_ptr<PieceCoder>>(std::make_unique<Forgetful>());
  };
  EXPECT_EQ(MeasurePieces(make, pieces, 2).status().code(),
            Code::kVerifyFailed);
}

TEST(Measure, IntervalOfEqualPiecesIsThatOfTheirMean) {
  // 4, 6 and 8 bits/byte: mean 6, s = 2, so 1.96 · 2 ÷ √3.
  const PieceSize pieces[] = {{100, 50}, {100, 75}, {100, 100}};
  EXPECT_NEAR(HalfInterval95(pieces), 1.959964 * 2 / std::sqrt(3.0), 1e-9);
  EXPECT_EQ(HalfInterval95({pieces, 1}), 0);
}

}  // namespace
}  // namespace lentil

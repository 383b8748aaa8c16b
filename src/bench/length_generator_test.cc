// SPDX-License-Identifier: Apache-2.0
// Lengths of codes as a predictor.

#include "bench/length_generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes BytesOf(const std::string& text) { return {text.begin(), text.end()}; }

std::string Continue(std::string_view name, const LengthOptions& options,
                     const SamplerOptions& sampling, const std::string& prompt,
                     size_t count) {
  LengthGenerator generator(*FindCodeLength(name), options);
  EXPECT_TRUE(generator.Append(BytesOf(prompt)).ok());
  Sampler sampler(sampling);
  Bytes drawn;
  while (drawn.size() < count) {
    EXPECT_TRUE(generator.Draw(&sampler, &drawn).ok());
  }
  return {drawn.begin(), drawn.end()};
}

std::string Poem() {
  std::string text;
  for (int i = 0; i < 6; ++i) {
    text += "A sower went out to sow his seed: and as he sowed, some fell. ";
  }
  return text;
}

TEST(CodeLength, IsThatOfTheCompressor) {
  EXPECT_EQ(FindCodeLength("rar"), nullptr);
  for (const CodeLengthKind& kind : CodeLengthKinds()) {
    SCOPED_TRACE(kind.name);
    const auto length = kind.make();
    const uint64_t poem = *length->Bits(BytesOf(Poem()));
    EXPECT_GT(poem, 40u * 8);
    EXPECT_LT(poem, 110u * 8);
    EXPECT_GT(*length->Bits(Bytes(1)), 0u);
    EXPECT_EQ(*length->Bits(BytesOf(Poem())), poem);  // used again
  }
}

TEST(CodeLength, DeflateIsGzipInBits) {
  const auto gzip = FindCodeLength("gzip")->make();
  const auto deflate = FindCodeLength("deflate")->make();
  bool is_whole = true;
  for (const size_t size : {1, 5, 100, 200, 372}) {
    const Bytes text = BytesOf(Poem().substr(0, size));
    const uint64_t bits = *deflate->Bits(text);
    // Head and checksum of a .gz have 18 bytes.
    EXPECT_EQ(*gzip->Bits(text), (bits + 7) / 8 * 8 + 18 * 8) << size;
    is_whole = is_whole && bits % 8 == 0;
  }
  EXPECT_FALSE(is_whole);
}

// zstd hides in whole bytes what a literal costs behind so short a text.
TEST(LengthGenerator, ARepeatGoesOn) {
  const std::string prompt = Poem() + "A sower went out to s";
  for (const std::string_view name : {"gzip", "deflate", "lzma"}) {
    EXPECT_EQ(Continue(name, {.horizon = 2, .beam = 2}, {.temperature = 0},
                       prompt, 4),
              "ow h")
        << name;
  }
}

TEST(LengthGenerator, ThreadsNeverChangeTheResult) {
  for (const CodeLengthKind& kind : CodeLengthKinds()) {
    LengthOptions options = {.horizon = 2, .beam = 2};
    const std::string one = Continue(kind.name, options, {}, Poem(), 2);
    EXPECT_EQ(one.size(), 2u);
    options.threads = 3;
    EXPECT_EQ(Continue(kind.name, options, {}, Poem(), 2), one) << kind.name;
  }
}

TEST(LengthGenerator, BytesAreDrawnByTheirLengths) {
  const std::string prompt = "abracadabra abracadabr";
  const auto length = FindCodeLength("deflate")->make();
  std::vector<uint64_t> bits;
  for (int byte = 0; byte < 256; ++byte) {
    bits.push_back(*length->Bits(BytesOf(prompt + static_cast<char>(byte))));
  }
  const uint64_t least = *std::min_element(bits.begin(), bits.end());
  std::vector<uint32_t> weights;
  for (const uint64_t b : bits) {
    weights.push_back(b - least < 32 ? kMaxSampleWeight >> (b - least) : 0);
  }
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    Sampler sampler({.seed = seed});
    const std::string expected(1, static_cast<char>(sampler.Draw(weights)));
    EXPECT_EQ(Continue("deflate", {}, {.seed = seed}, prompt, 1), expected);
  }
}

TEST(LengthGenerator, OnlyTheContextCounts) {
  const std::string end = Poem().substr(0, 100);
  const LengthOptions options = {.context = 100};
  EXPECT_EQ(Continue("gzip", options, {}, "something else " + end, 4),
            Continue("gzip", options, {}, end, 4));
}

TEST(LengthGenerator, AnEmptyTextHasAContinuation) {
  for (const CodeLengthKind& kind : CodeLengthKinds()) {
    EXPECT_EQ(Continue(kind.name, {}, {}, "", 2).size(), 2u);
    EXPECT_EQ(Continue(kind.name, {.context = 0}, {}, "x", 1).size(), 1u);
  }
}

}  // namespace
}  // namespace lentil

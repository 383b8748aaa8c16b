// SPDX-License-Identifier: Apache-2.0
// What is drawn is what the predictor expects, and nothing else matters.

#include "codec/lane_generator.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "base/fp_mode.h"
#include "base/hash.h"
#include "codec/stream_test_util.h"

namespace lentil {
namespace {

constexpr int kTableBits = 12;

// Who predicts.
struct Who {
  const char* name;
  bool has_model;
  int table_bits;
};
constexpr Who kEverybody[] = {{"model", true, 0},
                              {"contexts", false, kTableBits},
                              {"mix", true, kTableBits}};

std::unique_ptr<LaneGenerator> Make(const Who& who, size_t capacity,
                                    const Kernels* kernels = nullptr) {
  auto made = LaneGenerator::Make(who.has_model ? MakeModel(kernels) : nullptr,
                                  who.table_bits, capacity);
  EXPECT_TRUE(made.ok()) << made.status().message();
  return std::move(made).value();
}

// Draws `count` bytes behind `prompt`.
Bytes Continue(LaneGenerator* generator, const Bytes& prompt, size_t count,
               Sampler* sampler) {
  EXPECT_TRUE(generator->Append(prompt).ok());
  Bytes drawn;
  while (drawn.size() < count) {
    EXPECT_TRUE(generator->Draw(sampler, &drawn).ok());
  }
  return drawn;
}

TEST(LaneGenerator, TheModelsWeightsAreItsFrequencies) {
  const Bytes text = TextLike(70);
  auto generator = Make(kEverybody[0], text.size());
  ASSERT_TRUE(generator->Append(text).ok());
  LaneGenerator::Weights weights;
  generator->Weigh(&weights);
  const ScopedFpMode fp_mode;
  Decoder decoder(MakeModel(), 1);
  FrequencyTable table;
  for (uint32_t t = 0; t <= text.size(); ++t) {
    const DecoderRow row = {0, t, text.data()};
    decoder.Forward({&row, 1}, &table);
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    EXPECT_EQ(weights[i], table.frequency[i]);
  }
}

TEST(LaneGenerator, TheWeightsOfMixingAreProbabilities) {
  for (const Who& who : kEverybody) {
    if (who.table_bits == 0) continue;
    auto generator = Make(who, 2000);
    ASSERT_TRUE(generator->Append(TextLike(2000)).ok());
    LaneGenerator::Weights weights;
    generator->Weigh(&weights);
    const uint64_t sum =
        std::accumulate(weights.begin(), weights.end(), uint64_t{0});
    EXPECT_NEAR(static_cast<double>(sum), kMaxSampleWeight, 1024) << who.name;
  }
}

// To look at all bytes that may follow leaves no trace: drawing byte by byte is
// as if the text had been known. Matches begin and fail on the way.
TEST(LaneGenerator, DrawnOrGivenIsTheSame) {
  Bytes prompt = TextLike(400);
  const Bytes again = prompt;
  prompt.insert(prompt.end(), again.begin(), again.begin() + 300);
  for (const Who& who : kEverybody) {
    const SamplerOptions options = {.temperature = 500'000};
    auto generator = Make(who, prompt.size() + 200);
    Sampler sampler(options);
    Bytes text = Continue(generator.get(), prompt, 199, &sampler);
    text.insert(text.begin(), prompt.begin(), prompt.end());
    LaneGenerator::Weights drawn;
    generator->Weigh(&drawn);

    auto informed = Make(who, text.size());
    ASSERT_TRUE(informed->Append(text).ok());
    LaneGenerator::Weights given;
    informed->Weigh(&given);
    EXPECT_EQ(drawn, given) << who.name;
    informed->Weigh(&given);
    EXPECT_EQ(drawn, given) << who.name;
  }
}

TEST(LaneGenerator, PromptsMayComeInPieces) {
  const Bytes prompt = TextLike(300);
  for (const Who& who : kEverybody) {
    Sampler sampler({});
    const Bytes whole = Continue(Make(who, 350).get(), prompt, 50, &sampler);
    auto generator = Make(who, 350);
    ASSERT_TRUE(generator->Append({}).ok());
    for (size_t at = 0; at < prompt.size(); at += 15) {
      ASSERT_TRUE(generator->Append(std::span(prompt).subspan(at, 15)).ok());
    }
    Sampler again({});
    EXPECT_EQ(Continue(generator.get(), {}, 50, &again), whole) << who.name;
  }
}

// Known answers, for every table of kernels.
TEST(LaneGenerator, EveryMachineDrawsTheSame) {
  const uint64_t expected[] = {0x64cf28dec44edf6a, 0xd1ee5c348fa11a74,
                               0x1dbfc32b2d83594c};
  for (const Kernels* kernels : AvailableKernels()) {
    for (size_t i = 0; i < std::size(kEverybody); ++i) {
      Sampler sampler({.seed = 5, .top_k = 40, .top_p = 950'000});
      auto generator = Make(kEverybody[i], 300, kernels);
      const Bytes drawn =
          Continue(generator.get(), TextLike(200), 100, &sampler);
      EXPECT_EQ(Hash64(drawn), expected[i])
          << kernels->name << " " << kEverybody[i].name;
    }
  }
}

TEST(LaneGenerator, NothingIsDrawnBeyondTheCapacity) {
  for (const Who& who : kEverybody) {
    auto generator = Make(who, 3);
    EXPECT_EQ(generator->Append(TextLike(4)).code(), Code::kInvalidArgument);
    Sampler sampler({});
    Bytes drawn = Continue(generator.get(), {}, 3, &sampler);
    EXPECT_EQ(generator->Draw(&sampler, &drawn).code(), Code::kInvalidArgument);
    EXPECT_EQ(drawn.size(), 3u);
  }
  EXPECT_FALSE(
      LaneGenerator::Make(nullptr, kTableBits, LaneGenerator::kMaxText + 1)
          .ok());
}

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "model/decoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "base/fp_mode.h"
#include "model/selftest.h"

namespace lentil {
namespace {

constexpr uint32_t kLength = 200;

DecoderConfig SmallConfig() {
  return {.d_model = 64,
          .heads = 4,
          .kv_heads = 2,
          .head_dim = 16,
          .d_mlp = 96,
          .inputs = LastBytes(4),
          .windows = {16, 5, 100}};
}

std::shared_ptr<const Model> MakeModel(const DecoderConfig& config,
                                       uint64_t seed,
                                       const Kernels* kernels = nullptr) {
  const auto file = WriteNative(RandomModel(config, seed));
  auto model = Model::Parse(*file, kernels);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return *model;
}

std::vector<uint8_t> RandomText(size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> text(n);
  for (uint8_t& byte : text) byte = static_cast<uint8_t>(random() % 7 * 31);
  return text;
}

using Tables = std::vector<FrequencyTable>;

// One row at a time, one lane: the plainest way to run.
Tables StepByStep(std::shared_ptr<const Model> model, const uint8_t* text,
                  uint32_t length) {
  const ScopedFpMode fp_mode;
  Decoder decoder(std::move(model), 1);
  Tables tables(length);
  for (uint32_t t = 0; t < length; ++t) {
    const DecoderRow row = {0, t, text};
    decoder.Forward({&row, 1}, &tables[t]);
  }
  return tables;
}

void ExpectSame(const FrequencyTable& a, const FrequencyTable& b) {
  ASSERT_EQ(std::memcmp(a.frequency, b.frequency, sizeof(a.frequency)), 0);
}

TEST(Decoder, FrequenciesSumToTheTotal) {
  const auto text = RandomText(kLength, 1);
  for (const FrequencyTable& table :
       StepByStep(MakeModel(SmallConfig(), 1), text.data(), kLength)) {
    uint64_t sum = 0;
    for (uint32_t f : table.frequency) {
      EXPECT_GE(f, 1u);
      sum += f;
    }
    EXPECT_EQ(sum, 1u << kTotalBits);
  }
}

TEST(Decoder, PrefillEqualsStepBitForBit) {
  const ScopedFpMode fp_mode;
  const auto model = MakeModel(SmallConfig(), 1);
  const auto text = RandomText(kLength, 1);
  const Tables expected = StepByStep(model, text.data(), kLength);
  for (uint32_t stride : {2u, 3u, 31u, 32u}) {
    Decoder decoder(model, 1);
    for (uint32_t t = 0; t < kLength; t += stride) {
      std::vector<DecoderRow> rows;
      for (uint32_t i = t; i < std::min(t + stride, kLength); ++i) {
        rows.push_back({0, i, text.data()});
      }
      Tables tables(rows.size());
      decoder.Forward(rows, tables.data());
      for (size_t i = 0; i < rows.size(); ++i) {
        SCOPED_TRACE(testing::Message() << stride << " at " << t + i);
        ExpectSame(tables[i], expected[t + i]);
      }
    }
  }
}

// Lanes of different lengths advance by random amounts, in random order.
TEST(Decoder, LanesDoNotSeeEachOther) {
  constexpr uint32_t kLanes = 9;
  const ScopedFpMode fp_mode;
  const auto model = MakeModel(SmallConfig(), 2);
  std::vector<std::vector<uint8_t>> text(kLanes);
  std::vector<Tables> expected(kLanes);
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    text[lane] = RandomText(kLength, lane);
    expected[lane] = StepByStep(model, text[lane].data(), kLength);
  }
  Decoder decoder(model, kLanes);
  std::mt19937 random(5);
  for (int round = 0; round < 2; ++round) {
    decoder.Reset();
    std::vector<uint32_t> next(kLanes, 0);
    while (std::accumulate(next.begin(), next.end(), 0u) < kLanes * kLength) {
      std::vector<DecoderRow> rows;
      std::vector<uint32_t> taken(kLanes, 0);
      for (uint32_t i = 0; i < 1 + random() % 150; ++i) {
        const uint32_t lane = random() % kLanes;
        if (next[lane] == kLength || taken[lane] == kMaxBatch) continue;
        ++taken[lane];
        rows.push_back({lane, next[lane]++, text[lane].data()});
      }
      Tables tables(rows.size());
      decoder.Forward(rows, tables.data());
      for (size_t i = 0; i < rows.size(); ++i) {
        ExpectSame(tables[i], expected[rows[i].lane][rows[i].position]);
      }
    }
  }
}

TEST(Decoder, EveryKernelTableGivesTheSame) {
  const auto text = RandomText(kLength, 3);
  for (const DecoderConfig& config : {SmallConfig(),
                                      DecoderConfig{.d_model = 16,
                                      .heads = 1,
                                      .kv_heads = 1,
                                      .head_dim = 32,
                                      .d_mlp = 16,
                                      .inputs = LastBytes(1),
                                      .windows = {1}},
                                      DecoderConfig{.d_model = 80,
                                      .heads = 3,
                                      .kv_heads = 1,
                                      .head_dim = 48,
                                      .d_mlp = 208,
                                      .inputs = LastBytes(7),
                                      .windows = {33, 150}}}) {
    const Tables expected = StepByStep(MakeModel(config, 4, &ScalarKernels()),
                                       text.data(), kLength);
    for (const Kernels* kernels : AvailableKernels()) {
      SCOPED_TRACE(kernels->name);
      const Tables tables =
          StepByStep(MakeModel(config, 4, kernels), text.data(), kLength);
      for (uint32_t t = 0; t < kLength; ++t) ExpectSame(tables[t], expected[t]);
    }
  }
}

TEST(Decoder, OnlyTheWindowMatters) {
  const DecoderConfig config = {.d_model = 16,
                                .heads = 1,
                                .kv_heads = 1,
                                .head_dim = 16,
                                .d_mlp = 16,
                                .inputs = LastBytes(2),
                                .windows = {3, 4}};
  const auto model = MakeModel(config, 6);
  auto text = RandomText(kLength, 1);
  const Tables before = StepByStep(model, text.data(), kLength);
  text[50] ^= 1;
  const Tables after = StepByStep(model, text.data(), kLength);
  const auto same = [&](uint32_t t) {
    return std::memcmp(&before[t], &after[t], sizeof(FrequencyTable)) == 0;
  };
  EXPECT_TRUE(same(50));
  EXPECT_FALSE(same(51));
  // Byte 50 enters positions 51 and 52; two layers carry it on by 2 + 3.
  for (uint32_t t = 58; t < kLength; ++t) EXPECT_TRUE(same(t)) << t;
}

TEST(Decoder, MemoryIsReported) {
  const auto model = MakeModel(SmallConfig(), 1);
  const size_t one = Decoder::MemoryBytes(*model, 1, 1);
  const size_t many = Decoder::MemoryBytes(*model, 16, 512);
  EXPECT_GT(one, 100u * 2 * 2 * 16);
  EXPECT_GT(many, one + 15u * 2 * 2 * 16 * (100 + 16 + 5));
}

TEST(Selftest, EveryKernelTableGivesTheKnownAnswer) {
  for (const Kernels* kernels : AvailableKernels()) {
    const auto hash = RunSelftest(*kernels);
    ASSERT_TRUE(hash.ok()) << hash.status().message();
    EXPECT_EQ(*hash, kSelftestHash)
        << kernels->name << std::hex << " 0x" << *hash;
  }
}

}  // namespace
}  // namespace lentil

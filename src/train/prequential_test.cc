// SPDX-License-Identifier: Apache-2.0
// The prequential code length is what it says: every byte once, by parameters
// that have not seen it.

#include "train/prequential.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/split_mix.h"

namespace lentil {
namespace {

const DecoderConfig kTiny = {.d_model = 32,
                             .heads = 2,
                             .kv_heads = 1,
                             .head_dim = 16,
                             .d_mlp = 64,
                             .inputs = LastBytes(3),
                             .windows = {16, 32}};

constexpr double kBitsPerNat = 1.4426950408889634;

std::vector<uint8_t> CountingText(size_t size) {
  const char* words[] = {"one ", "two ", "three ", "four ", "five ", "six "};
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += words[i * i % 6];
  return {text.begin(), text.begin() + static_cast<ptrdiff_t>(size)};
}

std::vector<uint8_t> Noise(size_t size) {
  uint64_t state = 1;
  std::vector<uint8_t> noise(size);
  for (uint8_t& byte : noise) byte = SplitMix64(&state) & 0xFF;
  return noise;
}

PrequentialOptions Options(int threads = 1) {
  PrequentialOptions options;
  options.seed = 3;
  options.train.warmup_steps = 5;
  options.train.stages = {{0, 128, 1}, {2048, 256, 4}};
  options.train.threads = threads;
  options.epochs = 2;
  return options;
}

PrequentialResult Learn(const std::vector<uint8_t>& data,
                        const PrequentialOptions& options = Options()) {
  Result<PrequentialResult> result = CodePrequentially(
      data, kTiny, options, [](uint64_t, uint64_t) { return true; });
  EXPECT_TRUE(result.ok()) << result.status().message();
  return std::move(result).value();
}

TEST(Prequential, LearnsWhatCanBeLearned) {
  const PrequentialResult result = Learn(CountingText(60000));
  EXPECT_LT(result.bits, 60000 * 3.0);
  const auto& curve = result.curve;
  const PrequentialPoint& last = curve.back();
  const PrequentialPoint& before = curve[curve.size() - 2];
  const double late = (last.bits - before.bits) /
                      static_cast<double>(last.bytes - before.bytes);
  EXPECT_LT(late, 1.2);
  EXPECT_GT(curve.front().bits / static_cast<double>(curve.front().bytes), 7.5);
}

TEST(Prequential, NoiseCostsAtLeastItself) {
  EXPECT_GE(Learn(Noise(20000)).bits, 8.0 * 20000);
}

TEST(Prequential, EveryByteCountsOnce) {
  for (const size_t size : {1, 2, 127, 128, 129, 3000, 3333}) {
    const PrequentialResult result = Learn(Noise(size));
    EXPECT_EQ(result.curve.back().bytes, size);
    EXPECT_EQ(result.curve.back().bits, result.bits);
    EXPECT_NEAR(result.bits, 8.0 * static_cast<double>(size),
                0.03 * 8 * static_cast<double>(size));
    EXPECT_EQ(result.model.state.bytes, 2 * size);
  }
}

// The same sum from losses computed apart from the trainer, and a cut of the
// data made by hand: 16 steps of 128, then 1024, then 3 · 256, then 160.
TEST(Prequential, IsTheSumOfLossesBeforeEachUpdate) {
  const std::vector<uint8_t> data = CountingText(2048 + 1024 + 768 + 160);
  TrainCheckpoint fresh;
  fresh.config = kTiny;
  fresh.state.seed = 3;
  const ParameterLayout layout(kTiny);
  fresh.parameters = InitialParameters(layout, 3);
  Trainer trainer(fresh, Options().train);
  double bits = 0;
  Workspace workspace;
  std::span<const uint8_t> left = data;
  std::vector<std::pair<size_t, size_t>> steps(16, {128, 128});
  steps.insert(steps.end(), {{1024, 256}, {768, 256}, {160, 160}});
  for (const auto& [size, length] : steps) {
    bits +=
        kBitsPerNat * EngineFor(kTiny.head_dim)
                          .loss(layout, trainer.Snapshot().parameters.data(),
                                {left.first(size), length}, false, 0.0f,
                                nullptr, workspace);
    trainer.StepOn({left.first(size), length});
    left = left.subspan(size);
  }
  ASSERT_TRUE(left.empty());
  EXPECT_NEAR(Learn(data).bits / bits, 1.0, 1e-9);
}

TEST(Prequential, NeverLooksAhead) {
  std::vector<uint8_t> data = CountingText(8000);
  const std::vector<PrequentialPoint> curve = Learn(data).curve;
  std::fill(data.begin() + 4096, data.end(), 'x');
  const std::vector<PrequentialPoint> other = Learn(data).curve;
  ASSERT_EQ(curve.size(), other.size());
  for (size_t i = 0; i < curve.size(); ++i) {
    EXPECT_EQ(curve[i].bytes, other[i].bytes);
    EXPECT_EQ(curve[i].bits == other[i].bits, curve[i].bytes <= 4096) << i;
  }
}

TEST(Prequential, ThreadsDoNotChangeOneBit) {
  const std::vector<uint8_t> data = CountingText(10000);
  const PrequentialResult one = Learn(data);
  const PrequentialResult three = Learn(data, Options(3));
  EXPECT_EQ(one.bits, three.bits);
  EXPECT_EQ(one.model.parameters, three.model.parameters);
}

TEST(Prequential, EndsDecayed) {
  PrequentialOptions options = Options();
  options.epochs = 5;
  const TrainState state = Learn(CountingText(5000), options).model.state;
  EXPECT_GE(state.decay_start, 18750u - 1024);
  EXPECT_EQ(state.decay_start + state.decay_bytes, state.bytes);
}

TEST(Prequential, RefusesAndStops) {
  const auto go = [](uint64_t, uint64_t) { return true; };
  const auto stop = [](uint64_t, uint64_t) { return false; };
  PrequentialOptions once = Options();
  once.epochs = 1;
  const std::vector<uint8_t> data = CountingText(500);
  EXPECT_EQ(CodePrequentially({}, kTiny, Options(), go).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(CodePrequentially(data, kTiny, once, go).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(CodePrequentially(data, kTiny, Options(), stop).status().code(),
            Code::kCancelled);
}

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Draws are as likely as they should be, cut where they should be, and the same
// everywhere.

#include "model/sampler.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace lentil {
namespace {

using Weights = std::vector<uint32_t>;

// How often each candidate was drawn.
std::vector<double> Shares(const SamplerOptions& options,
                           const Weights& weights, int draws) {
  Sampler sampler(options);
  std::vector<double> shares(weights.size());
  for (int i = 0; i < draws; ++i) ++shares[sampler.Draw(weights)];
  for (double& share : shares) share /= draws;
  return shares;
}

// Each share is within five standard deviations of what is expected.
void ExpectShares(const std::vector<double>& shares,
                  const std::vector<double>& expected, int draws) {
  for (size_t i = 0; i < shares.size(); ++i) {
    const double p = expected[i];
    EXPECT_NEAR(shares[i], p, 5 * std::sqrt(p * (1 - p) / draws)) << i;
    if (p == 0) {
      EXPECT_EQ(shares[i], 0) << i;
    }
  }
}

TEST(Sampler, DrawsInProportionToTheWeights) {
  constexpr int kDraws = 200'000;
  for (const uint64_t seed : {0, 1, 77}) {
    const SamplerOptions options = {.seed = seed};
    ExpectShares(Shares(options, {1, 0, 2, 5}, kDraws), {0.125, 0, 0.25, 0.625},
                 kDraws);
    ExpectShares(Shares(options, {1u << 31, 1u << 30, 1u << 30}, kDraws),
                 {0.5, 0.25, 0.25}, kDraws);
  }
}

TEST(Sampler, TheTemperatureIsAnExponent) {
  constexpr int kDraws = 200'000;
  const Weights weights = {1000, 3000, 0, 16'000'000, 4'000'000};
  for (const uint32_t temperature :
       {200'000u, 700'000u, 1'500'000u, 100'000'000u}) {
    std::vector<double> expected;
    double sum = 0;
    for (const uint32_t w : weights) {
      expected.push_back(
          w == 0 ? 0 : std::pow(static_cast<double>(w), 1e6 / temperature));
      sum += expected.back();
    }
    for (double& p : expected) p /= sum;
    ExpectShares(Shares({.temperature = temperature}, weights, kDraws),
                 expected, kDraws);
  }
}

TEST(Sampler, TemperatureZeroTakesTheLargestAndTheLowerOfEquals) {
  for (const uint64_t seed : {1, 2, 3}) {
    Sampler sampler({.seed = seed, .temperature = 0, .top_k = 3});
    EXPECT_EQ(sampler.Draw(Weights{1, 7, 7, 2}), 1u);
    EXPECT_EQ(sampler.Draw(Weights{5, 5, 5}), 0u);
    EXPECT_EQ(sampler.Draw(Weights{0, 0, 1}), 2u);
  }
}

TEST(Sampler, TheLeastTemperatureLeavesEqualsOnly) {
  const std::vector<double> shares =
      Shares({.temperature = 1}, {8, 7, 8, 1}, 20'000);
  EXPECT_NEAR(shares[0], 0.5, 0.02);
  EXPECT_EQ(shares[1] + shares[3], 0);
}

TEST(Sampler, TopKKeepsTheLargestAndTheLowerOfEquals) {
  constexpr int kDraws = 100'000;
  ExpectShares(Shares({.top_k = 1}, {4, 9, 9, 1}, kDraws), {0, 1, 0, 0},
               kDraws);
  ExpectShares(Shares({.top_k = 3}, {2, 6, 2, 2}, kDraws), {0.2, 0.6, 0.2, 0},
               kDraws);
  ExpectShares(Shares({.top_k = 99}, {1, 3}, kDraws), {0.25, 0.75}, kDraws);
}

TEST(Sampler, TopPKeepsTheFewestThatReachIt) {
  constexpr int kDraws = 100'000;
  const Weights weights = {1, 5, 3, 1};
  const std::array<std::pair<uint32_t, std::vector<double>>, 6> cases = {{
      {1, {0, 1, 0, 0}},
      {500'000, {0, 1, 0, 0}},  // reached exactly
      {500'001, {0, 0.625, 0.375, 0}},
      {800'000, {0, 0.625, 0.375, 0}},
      {800'001, {1 / 9.0, 5 / 9.0, 3 / 9.0, 0}},  // the lower of equals
      {900'001, {0.1, 0.5, 0.3, 0.1}},
  }};
  for (const auto& [top_p, expected] : cases) {
    ExpectShares(Shares({.top_p = top_p}, weights, kDraws), expected, kDraws);
  }
}

TEST(Sampler, TopPIsAShareOfWhatTopKLeft) {
  // Of 4 + 3 the first has 0.571.
  ExpectShares(Shares({.top_k = 2, .top_p = 570'000}, {3, 4, 3}, 1000),
               {0, 1, 0}, 1000);
  const std::vector<double> shares =
      Shares({.top_k = 2, .top_p = 572'000}, {3, 4, 3}, 1000);
  EXPECT_GT(shares[0], 0.3);
  EXPECT_EQ(shares[2], 0);
}

TEST(Sampler, TopPIsExactForTheGreatestSums) {
  const Weights weights(kMaxCandidates, kMaxSampleWeight);
  Sampler sampler({.top_p = 500'000});
  for (int i = 0; i < 20; ++i) {
    EXPECT_LT(sampler.Draw(weights), kMaxCandidates / 2);
  }
}

// Known answers: whoever changes one changes what a seed means.
TEST(Sampler, SeedsMeanTheSameForEver) {
  Weights weights(256);
  for (uint32_t i = 0; i < 256; ++i) weights[i] = i * i * i + 1;
  const auto draw = [&](const SamplerOptions& options) {
    Sampler sampler(options);
    std::vector<size_t> drawn;
    for (int i = 0; i < 12; ++i) drawn.push_back(sampler.Draw(weights));
    return drawn;
  };
  using Drawn = std::vector<size_t>;
  EXPECT_EQ(draw({}), (Drawn{210, 124, 241, 239, 178, 243, 240, 177, 177, 180,
                             134, 236}));
  EXPECT_EQ(draw({.seed = UINT64_MAX}),
            (Drawn{230, 232, 121, 82, 236, 250, 250, 244, 158, 156, 255, 161}));
  EXPECT_EQ(
      draw({.temperature = 300'000}),
      (Drawn{241, 200, 243, 253, 254, 217, 239, 238, 251, 243, 217, 178}));
  EXPECT_EQ(draw({.temperature = 5'000'000}),
            (Drawn{139, 239, 177, 164, 155, 154, 221, 101, 177, 109, 180, 97}));
  EXPECT_EQ(draw({.top_k = 20}), (Drawn{245, 245, 239, 243, 238, 246, 247, 251,
                                        254, 251, 236, 245}));
  EXPECT_EQ(draw({.top_p = 100'000}), (Drawn{250, 253, 254, 254, 255, 251, 255,
                                             255, 252, 249, 249, 252}));
}

}  // namespace
}  // namespace lentil

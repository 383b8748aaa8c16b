// SPDX-License-Identifier: Apache-2.0
// Signals, scores, p-values and ROC, known by hand.

#include "bench/contamination.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "model/surprisal.h"

namespace lentil {
namespace {

uint64_t Units(double bits) {
  return static_cast<uint64_t>(bits / kSurprisalUnit);
}

TEST(Contamination, TailIsTheMeanOfTheMostSurprisingFifth) {
  EXPECT_EQ(MeanTail({}), 0);
  EXPECT_EQ(MeanTail({Units(3)}), 3);
  EXPECT_EQ(MeanTail({Units(1), Units(9), Units(2), Units(4), Units(0)}), 9);
  std::vector<uint64_t> ten;
  for (int i = 0; i < 10; ++i) ten.push_back(Units(i * 7 % 10));
  EXPECT_EQ(MeanTail(ten), 8.5);
  ten.push_back(Units(1));  // ⌈2.2⌉ = 3 of them
  EXPECT_EQ(MeanTail(ten), 8.0);
}

TEST(Contamination, SignalsAreZeroForAModelThatIsTheReference) {
  const ControlledBits bits = {800, 1200, 900};
  const ContaminationSignals signals = SignalsOf({400, bits, bits, 2});
  EXPECT_EQ(signals.rate, 0);
  EXPECT_EQ(signals.order, 0);
  EXPECT_EQ(signals.tail, 0);
}

TEST(Contamination, SignalsRiseWithWhatTheModelKnows) {
  const ControlledBits reference = {800, 1200, 900};
  const ContaminationSignals signals =
      SignalsOf({400, {400, 1200, 900}, reference, 1});
  EXPECT_DOUBLE_EQ(signals.rate, std::log(2.0));
  EXPECT_DOUBLE_EQ(signals.order, std::log(3.0) - std::log(1.5));
  EXPECT_DOUBLE_EQ(signals.tail, std::log(2.0));
}

TEST(Contamination, ScoresAreMeansOfRobustZ) {
  // Median 2, absolute deviations 2 1 0 1 98: their median 1.
  std::vector<ContaminationSignals> files;
  for (const double x : {0., 1., 2., 3., 100.}) files.push_back({x, x, 5});
  const std::vector<ContaminationScore> scores = ScoreContamination(files, {});
  ASSERT_EQ(scores.size(), 5u);
  EXPECT_DOUBLE_EQ(scores[4].rate_z, 98 / 1.4826);
  EXPECT_DOUBLE_EQ(scores[0].order_z, -2 / 1.4826);
  EXPECT_EQ(scores[4].tail_z, 0);
  EXPECT_DOUBLE_EQ(scores[4].score, 98 / 1.4826 * 2 / 3);
  EXPECT_FALSE(scores[4].p_value.has_value());
  EXPECT_TRUE(ScoreContamination({}, {}).empty());
  EXPECT_EQ(ScoreContamination({{{1, 2, 3}}}, {})[0].score, 0);
}

TEST(Contamination, PValuesCountReferencesThatScoreAsHigh) {
  std::vector<ContaminationSignals> references;
  for (int i = 0; i < 9; ++i) {
    const auto x = static_cast<double>(i);
    references.push_back({x, x, x});
  }
  const ContaminationSignals files[] = {
      {100, 100, 100}, {8, 8, 8}, {-1, -1, -1}};
  const auto scores = ScoreContamination(files, references);
  EXPECT_DOUBLE_EQ(*scores[0].p_value, 0.1);  // none of nine
  EXPECT_DOUBLE_EQ(*scores[1].p_value, 0.2);  // ties count
  EXPECT_DOUBLE_EQ(*scores[2].p_value, 1.0);
}

// Of unseen files a share of at most α has p ≤ α, whatever their law: here one
// with heavy tails and signals that depend on each other.
TEST(Contamination, PValuesAreCalibratedForExchangeableFiles) {
  constexpr int kTrials = 2000;
  constexpr int kReferences = 19;
  std::mt19937_64 random(1);
  std::cauchy_distribution<double> heavy;
  const auto draw = [&] {
    const double x = heavy(random);
    return ContaminationSignals{x, x * x, heavy(random)};
  };
  int at_5 = 0;
  int at_50 = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<ContaminationSignals> references(kReferences);
    std::generate(references.begin(), references.end(), draw);
    const ContaminationSignals file[] = {draw()};
    const double p = *ScoreContamination(file, references)[0].p_value;
    at_5 += p <= 0.05 + 1e-9;
    at_50 += p <= 0.5 + 1e-9;
  }
  EXPECT_NEAR(at_5, 0.05 * kTrials, 40);  // four deviations
  EXPECT_NEAR(at_50, 0.5 * kTrials, 90);
}

TEST(Contamination, RocOfPerfectRandomAndTiedScores) {
  const std::vector<bool> truth = {true, true, false, false};
  const auto area = [&](std::vector<double> scores) {
    return AreaUnder(RocOf(scores, truth));
  };
  EXPECT_EQ(area({4, 3, 2, 1}), 1);
  EXPECT_EQ(area({1, 2, 3, 4}), 0);
  EXPECT_EQ(area({4, 2, 3, 1}), 0.75);
  EXPECT_EQ(area({1, 1, 1, 1}), 0.5);
  EXPECT_EQ(area({2, 1, 1, 0}), 0.875);
  const auto roc = RocOf(std::vector<double>{4, 2, 3, 1}, truth);
  ASSERT_EQ(roc.size(), 5u);
  EXPECT_EQ(roc.front().true_positives, 0);
  EXPECT_EQ(roc[1].threshold, 4);
  EXPECT_EQ(roc[1].true_positives, 0.5);
  EXPECT_EQ(roc[1].false_positives, 0);
  EXPECT_EQ(roc.back().false_positives, 1);
  EXPECT_EQ(roc.back().true_positives, 1);
}

}  // namespace
}  // namespace lentil

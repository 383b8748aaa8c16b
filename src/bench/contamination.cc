// SPDX-License-Identifier: Apache-2.0
// Does a model know a text too well?

#include "bench/contamination.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "model/surprisal.h"

namespace lentil {
namespace {

constexpr double kMadToDeviation = 1.4826;  // of a normal law
constexpr double kLeastDeviation = 1e-3;

// Of an even number of values the mean of the two in the middle.
double Median(std::vector<double> values) {
  const auto middle =
      values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// Robust z of the members of a pool, in one signal.
std::vector<double> RobustZs(std::span<const ContaminationSignals> pool,
                             double ContaminationSignals::*signal) {
  std::vector<double> values;
  for (const ContaminationSignals& s : pool) values.push_back(s.*signal);
  const double median = Median(values);
  std::vector<double> distances;
  for (const double v : values) distances.push_back(std::abs(v - median));
  const double deviation =
      std::max(kMadToDeviation * Median(distances), kLeastDeviation);
  for (double& v : values) v = (v - median) / deviation;
  return values;
}

std::vector<ContaminationScore> ScorePool(
    std::span<const ContaminationSignals> pool) {
  const std::vector<double> rate = RobustZs(pool, &ContaminationSignals::rate);
  const std::vector<double> order =
      RobustZs(pool, &ContaminationSignals::order);
  const std::vector<double> tail = RobustZs(pool, &ContaminationSignals::tail);
  std::vector<ContaminationScore> scores;
  for (size_t i = 0; i < pool.size(); ++i) {
    scores.push_back({rate[i], order[i], tail[i],
                      (rate[i] + order[i] + tail[i]) / 3, std::nullopt});
  }
  return scores;
}

}  // namespace

ContaminationSignals SignalsOf(const ContaminationSample& sample) {
  const ControlledBits& model = sample.model;
  const ControlledBits& reference = sample.reference;
  const double reference_rate =
      reference.text / static_cast<double>(sample.bytes);
  return {
      .rate = std::log(reference.text / model.text),
      .order = std::log(model.words / model.text) -
               std::log(reference.words / reference.text),
      .tail = std::log(reference_rate / sample.tail_bits),
  };
}

double MeanTail(std::vector<uint64_t> surprisals) {
  if (surprisals.empty()) return 0;
  const auto share = kTailShare * static_cast<double>(surprisals.size());
  const auto end =
      surprisals.begin() + static_cast<ptrdiff_t>(std::ceil(share));
  std::nth_element(surprisals.begin(), end - 1, surprisals.end(),
                   std::greater<>());
  const uint64_t sum = std::accumulate(surprisals.begin(), end, uint64_t{0});
  return static_cast<double>(sum) * kSurprisalUnit /
         static_cast<double>(end - surprisals.begin());
}

std::vector<ContaminationScore> ScoreContamination(
    std::span<const ContaminationSignals> files,
    std::span<const ContaminationSignals> references) {
  if (references.empty())
    return files.empty() ? std::vector<ContaminationScore>{} : ScorePool(files);
  std::vector<ContaminationSignals> pool(references.begin(), references.end());
  std::vector<ContaminationScore> scores;
  for (const ContaminationSignals& file : files) {
    pool.push_back(file);
    const std::vector<ContaminationScore> all = ScorePool(pool);
    pool.pop_back();
    ContaminationScore score = all.back();
    const auto as_high = std::count_if(
        all.begin(), all.end(),
        [&](const ContaminationScore& s) { return s.score >= score.score; });
    score.p_value =
        static_cast<double>(as_high) / static_cast<double>(all.size());
    scores.push_back(score);
  }
  return scores;
}

std::vector<RocPoint> RocOf(std::span<const double> scores,
                            const std::vector<bool>& is_positive) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  const auto positives = static_cast<double>(
      std::count(is_positive.begin(), is_positive.end(), true));
  const double negatives = static_cast<double>(scores.size()) - positives;
  std::vector<RocPoint> roc = {{std::numeric_limits<double>::infinity(), 0, 0}};
  double hits = 0;
  double alarms = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    (is_positive[order[i]] ? hits : alarms) += 1;
    const bool tied =
        i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]];
    if (tied) continue;
    roc.push_back({scores[order[i]], alarms / negatives, hits / positives});
  }
  return roc;
}

double AreaUnder(std::span<const RocPoint> roc) {
  double area = 0;
  for (size_t i = 1; i < roc.size(); ++i) {
    area += (roc[i].false_positives - roc[i - 1].false_positives) *
            (roc[i].true_positives + roc[i - 1].true_positives) / 2;
  }
  return area;
}

}  // namespace lentil

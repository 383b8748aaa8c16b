// SPDX-License-Identifier: Apache-2.0
// Does a model know a text too well? Statistics of its rates against those of
// a reference that cannot have seen the text.

#ifndef LENTIL_BENCH_CONTAMINATION_H_
#define LENTIL_BENCH_CONTAMINATION_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lentil {

// Share of the bytes that count as the tail: k of Min-K% (Shi et al. 2023,
// "Detecting Pretraining Data from Large Language Models", section 3; they take
// 20 % of the tokens).
inline constexpr double kTailShare = 0.2;

// Code lengths in bits of a text and of its controls, which have its words in
// another order (data/shuffled_text.h). All above 0.
struct ControlledBits {
  double text = 0;
  double words = 0;      // words shuffled within sentences
  double sentences = 0;  // sentences shuffled
};

// What was measured of one text.
struct ContaminationSample {
  uint64_t bytes = 0;
  ControlledBits model;
  ControlledBits reference;  // has learned from nothing but the text itself
  double tail_bits = 0;      // mean of its kTailShare most surprising bytes
};

// Three signs of a text that was trained on, as logarithms of ratios; each is
// higher for such a text.
struct ContaminationSignals {
  // ln(reference ÷ model bits): Carlini et al. 2021, "Extracting Training Data
  // from Large Language Models", section 5.2, compare with zlib.
  double rate = 0;
  // ln(words ÷ text) of the model less that of the reference: what the order of
  // words is worth to the model beyond what the text itself teaches.
  double order = 0;
  // ln(reference bits per byte ÷ tail_bits): Min-K%, relative to how hard the
  // text is.
  double tail = 0;
};
ContaminationSignals SignalsOf(const ContaminationSample& sample);

// Mean of the ⌈kTailShare n⌉ largest surprisals. 0 if there are none.
double MeanTail(std::vector<uint64_t> surprisals);

struct ContaminationScore {
  // Of each signal (value − median) ÷ (1.4826 × median absolute deviation) of
  // the pool. A deviation below 0.001 counts as that: signals that differ by a
  // thousandth do not differ.
  double rate_z = 0;
  double order_z = 0;
  double tail_z = 0;
  double score = 0;  // their mean
  // (1 + number of references that score as high) ÷ (1 + references). A valid
  // p-value if file and references are exchangeable: each file is scored within
  // a pool of itself and the references, which treats them alike (conformal
  // prediction; Vovk, Gammerman and Shafer 2005, section 2.2).
  std::optional<double> p_value;
};

// Scores of `files` against `references`, or without any against each other,
// then without p-values. O(files × references × log references).
std::vector<ContaminationScore> ScoreContamination(
    std::span<const ContaminationSignals> files,
    std::span<const ContaminationSignals> references);

// Shares found at a threshold.
struct RocPoint {
  double threshold = 0;  // those that score at least this much are reported
  double false_positives = 0;  // share of the negatives
  double true_positives = 0;   // share of the positives
};

// The receiver operating characteristic, thresholds falling; starts at (0, 0)
// and ends at (1, 1). `is_positive` is as long as `scores` and has both values.
std::vector<RocPoint> RocOf(std::span<const double> scores,
                            const std::vector<bool>& is_positive);

// The area under it, by trapezoids: the chance that a positive scores above a
// negative, equal ones counted half (Fawcett 2006, section 7).
double AreaUnder(std::span<const RocPoint> roc);

}  // namespace lentil

#endif  // LENTIL_BENCH_CONTAMINATION_H_

// SPDX-License-Identifier: Apache-2.0
// A bit that somebody else predicts, corrected by how such predictions have
// turned out. docs/numerics-checkpoints.md, "Bytes of tokens".

#ifndef LENTIL_MIXING_CORRECTED_BIT_H_
#define LENTIL_MIXING_CORRECTED_BIT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mixing/logistic.h"

namespace lentil {

// Of log-odds x it makes w · x + b; each context has its w and b, which start
// as 1 and 0 and follow the gradient of the code length. Integers.
class CorrectedBit {
 public:
  explicit CorrectedBit(size_t contexts) : lines_(contexts) {}

  // x: log-odds as in logistic.h. P(1) · 2^16, in 1 … 65535.
  uint32_t Predict(size_t context, int32_t x) {
    line_ = &lines_[context];
    x_ = x;
    const int64_t y = (int64_t{line_->weight} * x >> 16) + (line_->bias >> 16);
    const uint32_t p =
        Squash(Logistic(), static_cast<int32_t>(std::clamp<int64_t>(
                               y, -kMaxStretch, kMaxStretch)));
    p_ = static_cast<int32_t>(p);
    return ClampProbability(p);
  }

  // What it was.
  void Update(bool bit) {
    const int32_t error = (bit ? kOne : 0) - p_;
    line_->weight =
        std::clamp(line_->weight + (error * x_ >> kWeightShift), 0, 4 * kOne);
    line_->bias =
        std::clamp(line_->bias + error * kBiasRate, -kMostBias, kMostBias);
  }

 private:
  static constexpr int32_t kOne = 1 << 16;
  static constexpr int kWeightShift = 18;
  static constexpr int32_t kBiasRate = 8;
  static constexpr int32_t kMostBias = kMaxStretch << 16;

  struct Line {
    int32_t weight = kOne;  // · 2^16
    int32_t bias = 0;       // · 2^16
  };

  std::vector<Line> lines_;
  Line* line_ = nullptr;  // of the last prediction
  int32_t x_ = 0;
  int32_t p_ = 0;
};

}  // namespace lentil

#endif  // LENTIL_MIXING_CORRECTED_BIT_H_

// SPDX-License-Identifier: Apache-2.0
// Rates made of scores, as "Language Modeling Is Compression" defines them.

#ifndef LENTIL_CLI_FIGURES_H_
#define LENTIL_CLI_FIGURES_H_

#include <vector>

#include "cli/evaluation.h"

namespace lentil {

// An adjusted rate spreads the model's bytes over this much source (section 3).
inline constexpr double kAdjustedOver = 1e9;

// Of one subject on one input. Rates are code bytes ÷ source bytes.
struct Figures {
  Figures(const Score& score, const Subject& subject);

  double bits;              // per byte
  double half_interval;     // of the bits, 95 %
  double rate;              // raw
  double adjusted;          // with the model's bytes as stored
  double adjusted_float16;  // with two for each weight, as the paper counts
  double one_header;        // with one header for all pieces, likewise
};

// All rows as one.
Score Total(const std::vector<EvalRow>& rows);

}  // namespace lentil

#endif  // LENTIL_CLI_FIGURES_H_

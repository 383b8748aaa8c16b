// SPDX-License-Identifier: Apache-2.0
// Other compressors as libraries: what a model has to beat.

#ifndef LENTIL_BENCH_BASELINE_H_
#define LENTIL_BENCH_BASELINE_H_

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "bench/piece_coder.h"

namespace lentil {

// A row of the table in baseline.cc. Codes are what the library writes, with
// its container. A piece is restored from its code and its size.
struct Baseline {
  std::string_view name;   // as in `lentil eval --subjects`
  std::string_view title;  // the library's format and settings
  // Null if this build lacks the library.
  Status (*encode)(std::span<const uint8_t> piece, const PieceForm& form,
                   std::vector<uint8_t>* code);
  Status (*decode)(std::span<const uint8_t> code, const PieceForm& form,
                   std::span<uint8_t> piece);
  uint32_t columns = 0;  // instead of those of the form; 0 = those
};

std::span<const Baseline> Baselines();

// The one of that name, or nullptr.
const Baseline* FindBaseline(std::string_view name);

// kUnsupported if this build lacks the library.
Result<MakePieceCoder> CoderOf(const Baseline& baseline, const PieceForm& form);

}  // namespace lentil

#endif  // LENTIL_BENCH_BASELINE_H_

// SPDX-License-Identifier: Apache-2.0
// Figures of "Language Modeling Is Compression" (arXiv 2309.10668v2): Table 1,
// and what is said of Table 2.

#ifndef LENTIL_CLI_REPRO_PAPER_H_
#define LENTIL_CLI_REPRO_PAPER_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "data/media/data_set.h"

namespace lentil {

// Rates in percent on enwik9, ImageNet, LibriSpeech (of 8 bits) and noise.
struct PaperRow {
  std::string_view name;     // as the paper has it
  std::string_view subject;  // ours that stands beside it; "" = none does
  bool chunked;              // in chunks of 2048 bytes, else whole
  double raw[4];
  double adjusted[4];
};

std::span<const PaperRow> PaperTable1();

// A model of Table 2, text in chunks; from second-hand notes, as the table is
// missing from the versions that we could read. Not verified.
struct PaperBody {
  std::string_view name;  // its weights
  double raw[6];          // of ASCII, 1K, 2K, 5K, 10K, 20K tokens

  // Of a vocabulary of so many tokens, bytes are 256; nullptr if it has none.
  const double* Of(uint32_t tokens) const;
};

std::span<const PaperBody> PaperBodies();

// Which of the four a set is compared with; -1 for none.
int PaperColumn(SetKind kind);

// The row beside a subject, or nullptr.
const PaperRow* PaperRowOf(std::string_view subject, bool chunked);

}  // namespace lentil

#endif  // LENTIL_CLI_REPRO_PAPER_H_

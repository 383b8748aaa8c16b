// SPDX-License-Identifier: Apache-2.0
// Figures of "Language Modeling Is Compression", Table 1 (arXiv 2309.10668v2).

#ifndef LENTIL_CLI_REPRO_PAPER_H_
#define LENTIL_CLI_REPRO_PAPER_H_

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

// Which of the four a set is compared with; -1 for none.
int PaperColumn(SetKind kind);

// The row beside a subject, or nullptr.
const PaperRow* PaperRowOf(std::string_view subject, bool chunked);

}  // namespace lentil

#endif  // LENTIL_CLI_REPRO_PAPER_H_

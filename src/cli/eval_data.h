// SPDX-License-Identifier: Apache-2.0
// What `lentil eval` codes: files as they are, or one data set cut from them.

#ifndef LENTIL_CLI_EVAL_DATA_H_
#define LENTIL_CLI_EVAL_DATA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "bench/piece_coder.h"
#include "cli/flags.h"
#include "cli/talk.h"
#include "data/media/data_set.h"

namespace lentil {

// How data are cut and how much of them is used.
struct EvalCut {
  std::optional<SetKind> set;
  uint64_t chunk = 0;           // 0 = whole
  uint64_t limit = UINT64_MAX;  // chunks of each input
  uint64_t seed = 1;            // of the sample, and of noise
};

struct EvalData {
  std::string name;
  std::vector<uint8_t> bytes;
  PieceForm form;
};

// One file, sampled if there is a limit.
Result<EvalData> ReadEvalFile(const std::string& name, const EvalCut& cut);

// The data set of all files that can be read; .xz and .zst count for what is in
// them if it is text. What cannot be used is reported, and raises `*exit`.
// kInvalidArgument if no chunk comes of it.
Result<EvalData> ReadEvalSet(const Flags& flags, const EvalCut& cut, Talk* talk,
                             int* exit);

}  // namespace lentil

#endif  // LENTIL_CLI_EVAL_DATA_H_

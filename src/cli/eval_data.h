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
  uint64_t memory = 0;  // of -M: bytes of data that are held; 0 = not given
};

struct EvalData {
  std::string name;
  std::vector<uint8_t> bytes;
  PieceForm form;
};

// One file, sampled if there is a limit. Memory: the sample; without a limit,
// or of a pipe, the whole. kResourceLimit beyond cut.memory, of a pipe beyond
// 256 MiB if that is not given.
Result<EvalData> ReadEvalFile(const std::string& name, const EvalCut& cut);

// The data set of all files that can be read; .xz and .zst count for what is in
// them if it is text. What cannot be used is reported, and raises `*exit`. If
// no chunk comes of it: kInvalidArgument, or what IsReported knows if that is
// said already.
//
// Memory: 128 MiB of chunks, and a picture's pixels. With a limit more data are
// read twice, counted first; without it they are kResourceLimit if they unpack,
// and held as they are if they do not. cut.memory takes the place of either.
Result<EvalData> ReadEvalSet(const Flags& flags, const EvalCut& cut, Talk* talk,
                             int* exit);

// Whether an error needs no more words: it stands for those that were reported.
bool IsReported(const Status& status);

}  // namespace lentil

#endif  // LENTIL_CLI_EVAL_DATA_H_

// SPDX-License-Identifier: Apache-2.0
// Contenders on one file, in turns: compressed, restored, compared.

#ifndef LENTIL_BENCH_CONTEST_H_
#define LENTIL_BENCH_CONTEST_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "bench/child.h"
#include "bench/contender.h"

namespace lentil {

// One direction over all runs.
struct Timing {
  double seconds = 0;  // wall clock, median of the runs
  double min_seconds = 0;
  double max_seconds = 0;
  double user_seconds = 0;    // median
  double system_seconds = 0;  // median
  uint64_t peak_bytes = 0;    // greatest
};

// How a contender did. Without `status` ok the figures are void.
struct Standing {
  Contender contender;
  Status status;  // kVerifyFailed: restored bytes differ; kResourceLimit: the
                  // time limit was passed; kIo: a command failed
  uint64_t source_bytes = 0;
  uint64_t code_bytes = 0;  // median, should it vary
  Timing compress;
  Timing decompress;
};

// What is going to run now.
struct ContestStep {
  std::string contender;
  bool compress = true;  // or restore
  int run = 1;           // from 1
  size_t number = 1;     // of the contender, from 1
};

struct ContestOptions {
  int runs = 1;
  uint64_t limit = UINT64_MAX;  // only so many first bytes of the source
  double time_limit = 0;        // seconds that each command may take; 0 = any
  std::function<void(const ContestStep&)> on_step;  // may be empty
  Interrupt* interrupt = nullptr;                   // required
};

// Copies the file at `path` into a private folder and has every contender
// compress and restore the copy, in turns (A B C, A B C, …), comparing each
// time; one that fails is left out of later turns. Contenders see absolute
// names and a TMPDIR of their own. Needs disk space for two copies and the
// code; reads in pieces, so memory is small. kIo if `path` cannot be read or
// copied, kCancelled after an interrupt.
Result<std::vector<Standing>> RunContest(const std::string& path,
                                         std::span<const Contender> contenders,
                                         const ContestOptions& options);

// The sum of a contender's standings on several files (peaks: the greatest).
// Failed if one of them is. At least one standing.
Standing SumStandings(std::span<const Standing> standings);

}  // namespace lentil

#endif  // LENTIL_BENCH_CONTEST_H_

// SPDX-License-Identifier: Apache-2.0
// One file through the codec: what compress, decompress, cat and test share.

#ifndef LENTIL_CLI_JOB_H_
#define LENTIL_CLI_JOB_H_

#include <functional>
#include <string>

#include "base/status.h"
#include "cli/flags.h"
#include "cli/input.h"
#include "cli/model_source.h"
#include "cli/output.h"
#include "cli/talk.h"
#include "lentil/lentil.hpp"

namespace lentil {

// A codec as the flags ask for it: level, model, threads, limits.
Result<Codec> MakeCodec(const Flags& flags);

// What a verb does to each input.
struct Work {
  bool compress = false;
  bool keep_nothing = false;  // test: restore, check, forget
  // Output name for an input name, or why there is none.
  std::function<Result<std::string>(const std::string&)> target;
  // Files that -r picks up.
  std::function<bool(const std::string&)> wants;
};

// Does `work` to every input that `flags` names, going on after failures, and
// returns the exit code of the program.
int RunWork(const Flags& flags, const Syntax& syntax, const Work& work);

}  // namespace lentil

#endif  // LENTIL_CLI_JOB_H_

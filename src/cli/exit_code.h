// SPDX-License-Identifier: Apache-2.0
// Exit codes of the program, and the one place that maps errors to them.

#ifndef LENTIL_CLI_EXIT_CODE_H_
#define LENTIL_CLI_EXIT_CODE_H_

#include "base/status.h"
#include "lentil/lentil.h"

namespace lentil {

// Documented in docs/cli.md and the man page; values never change. With several
// files the program goes on and returns the highest.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,   // I/O, exists, permission, memory, cancelled
  kExitUsage = 2,    // the command line
  kExitCorrupt = 3,  // corrupt or truncated data, or verify mismatch
  kExitCannot = 4,   // no such model, numerics or format version here
};

ExitCode ExitCodeFor(Code code);

// What a C API call returned, with its message, as a Status.
Status FromApi(lentil_error error, const char* message);

}  // namespace lentil

#endif  // LENTIL_CLI_EXIT_CODE_H_

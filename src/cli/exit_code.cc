// SPDX-License-Identifier: Apache-2.0
// Exit codes of the program, and the one place that maps errors to them.

#include "cli/exit_code.h"

namespace lentil {

ExitCode ExitCodeFor(Code code) {
  switch (code) {
    case Code::kOk:
      return kExitOk;
    case Code::kInvalidArgument:
      return kExitUsage;
    case Code::kCorrupt:
    case Code::kVerifyFailed:
      return kExitCorrupt;
    case Code::kUnsupported:
    case Code::kWrongModel:
    case Code::kWrongSample:
      return kExitCannot;
    case Code::kIo:
    case Code::kExists:
    case Code::kResourceLimit:
    case Code::kCancelled:
    case Code::kInternal:
      return kExitFailed;
  }
  return kExitFailed;
}

// Values of lentil_error are those of Code, but for LENTIL_TOO_SMALL, which
// this program never provokes.
Status FromApi(lentil_error error, const char* message) {
  if (error == LENTIL_OK) return Status();
  const Code code = error == LENTIL_TOO_SMALL || error > LENTIL_WRONG_SAMPLE
                        ? Code::kInternal
                        : static_cast<Code>(error);
  return Status(code, message != nullptr && *message != '\0'
                          ? message
                          : lentil_error_name(error));
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// What --rm does.

#ifndef LENTIL_CLI_REMOVAL_H_
#define LENTIL_CLI_REMOVAL_H_

#include "base/status.h"
#include "cli/input.h"

namespace lentil {

// Removes a file of which all was read, and nothing else: kIo, and it stays, if
// its name stands for another file now (or is a link), if it has changed since
// it was opened, or if another program has it open for writing, as far as the
// file system can tell. Between the last look and the removal no name of the
// user's is in reach, so what somebody puts there meanwhile is never lost.
Status RemoveInput(const Input& input);

}  // namespace lentil

#endif  // LENTIL_CLI_REMOVAL_H_

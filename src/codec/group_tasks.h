// SPDX-License-Identifier: Apache-2.0
// The groups of a frame on the threads there are, which stop together.

#ifndef LENTIL_CODEC_GROUP_TASKS_H_
#define LENTIL_CODEC_GROUP_TASKS_H_

#include <cstddef>
#include <functional>

#include "base/status.h"
#include "codec/frame_coder.h"

namespace lentil {

// Codes one group; polls the context, which is told to stop when another fails.
using CodeOneGroup = std::function<Status(size_t group, const FrameContext&)>;

// Runs code(0) … code(n − 1) on the context's threads. Once one has failed, no
// other begins and those at work are stopped: a frame that cannot be restored
// costs no more than that. The error does not depend on which came first: of
// several groups that are corrupt none is named. kResourceLimit if memory ran
// out in one.
Status RunGroups(size_t n, const FrameContext& context,
                 const CodeOneGroup& code);

}  // namespace lentil

#endif  // LENTIL_CODEC_GROUP_TASKS_H_

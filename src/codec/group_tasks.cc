// SPDX-License-Identifier: Apache-2.0
#include "codec/group_tasks.h"

#include <atomic>
#include <new>
#include <vector>

namespace lentil {
namespace {

// Threads of a pool must not throw.
Status RunOne(size_t group, const FrameContext& context,
              const CodeOneGroup& code) {
  try {
    return code(group, context);
  } catch (const std::bad_alloc&) {
    return {Code::kResourceLimit, "out of memory"};
  }
}

// The error of all groups together. Some were cancelled because of another's.
Status JointError(const std::vector<Status>& results) {
  for (const Status& result : results) {
    if (result.ok() || result.code() == Code::kCancelled) continue;
    if (result.code() != Code::kCorrupt || results.size() == 1) return result;
    return {Code::kCorrupt, "frame: a group's stream is damaged"};
  }
  return Status();
}

}  // namespace

Status RunGroups(size_t n, const FrameContext& context,
                 const CodeOneGroup& code) {
  std::atomic<bool> failed{false};
  FrameContext watched = context;
  watched.failed = &failed;
  std::vector<Status> results(n);
  context.parallel_for(n, [&](size_t group) {
    if (watched.IsCancelled()) return;
    results[group] = RunOne(group, watched, code);
    if (!results[group].ok()) failed = true;
  });
  if (context.IsCancelled()) return {Code::kCancelled, "cancelled"};
  return JointError(results);
}

}  // namespace lentil

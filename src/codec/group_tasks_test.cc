// SPDX-License-Identifier: Apache-2.0
#include "codec/group_tasks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <thread>

#include "base/thread_pool.h"

namespace lentil {
namespace {

FrameContext OnThreads(ThreadPool* pool) {
  FrameContext context;
  context.threads = static_cast<size_t>(pool->workers()) + 1;
  context.parallel_for = [pool](size_t n, const auto& task) {
    pool->ParallelFor(n, task);
  };
  return context;
}

TEST(GroupTasks, NoneBeginsAfterAFailure) {
  int begun = 0;
  const Status status =
      RunGroups(1000, FrameContext(), [&](size_t group, const FrameContext&) {
        ++begun;
        return group == 2 ? Status(Code::kCorrupt, "bad") : Status();
      });
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_EQ(begun, 3);
}

TEST(GroupTasks, ThoseAtWorkAreStopped) {
  ThreadPool pool(1);
  std::atomic<int> at_work{0};
  const Status status = RunGroups(
      2, OnThreads(&pool), [&](size_t group, const FrameContext& context) {
        for (++at_work; at_work < 2;) std::this_thread::yield();
        if (group == 1) return Status(Code::kCorrupt, "bad");
        while (!context.IsCancelled()) std::this_thread::yield();
        return Status(Code::kCancelled, "cancelled");
      });
  EXPECT_EQ(status.code(), Code::kCorrupt);
}

// Whoever is first, the error is the same.
TEST(GroupTasks, TheErrorDoesNotDependOnTheOrder) {
  const auto message_of = [](size_t culprit) {
    return RunGroups(3, FrameContext(),
                     [&](size_t group, const FrameContext&) {
                       if (group != culprit) return Status();
                       return Status(Code::kCorrupt, std::to_string(group));
                     })
        .message();
  };
  EXPECT_EQ(message_of(0), message_of(2));
  const Status alone = RunGroups(1, FrameContext(), [](size_t, const auto&) {
    return Status(Code::kCorrupt, "what it was");
  });
  EXPECT_EQ(alone.message(), "what it was");
}

TEST(GroupTasks, CancellingIsNoFailureOfAGroup) {
  std::atomic<bool> cancelled{true};
  FrameContext context;
  context.cancelled = &cancelled;
  EXPECT_EQ(RunGroups(3, context,
                      [](size_t, const FrameContext&) { return Status(); })
                .code(),
            Code::kCancelled);
}

TEST(GroupTasks, OutOfMemoryOnAnyThreadIsAStatus) {
  ThreadPool pool(2);
  EXPECT_EQ(RunGroups(8, OnThreads(&pool),
                      [](size_t, const FrameContext&) -> Status {
                        throw std::bad_alloc();
                      })
                .code(),
            Code::kResourceLimit);
}

}  // namespace
}  // namespace lentil

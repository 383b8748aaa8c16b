// SPDX-License-Identifier: Apache-2.0
#include "codec/frame_pipeline.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <set>
#include <thread>

namespace lentil {
namespace {

class Job final : public FrameJob {
 public:
  explicit Job(std::function<Status(const FrameContext&)> run)
      : run_(std::move(run)) {}
  Status Run(const FrameContext& context) override { return run_(context); }
  uint64_t BytesDone() const override { return 5; }

 private:
  std::function<Status(const FrameContext&)> run_;
};

const FramePipeline::Tick kNoTick = [] { return Status(); };

TEST(FramePipeline, HandsBackInOrderHoweverLongEachTakes) {
  FramePipeline pipeline(3, FramePipeline::AfterFailure::kGoOn);
  for (int i = 0; i < 20; ++i) {
    pipeline.Submit(std::make_unique<Job>([i](const FrameContext&) {
      std::this_thread::sleep_for(std::chrono::milliseconds((20 - i) % 5));
      return Status(Code::kIo, std::to_string(i));
    }));
  }
  EXPECT_TRUE(pipeline.is_full());
  EXPECT_EQ(pipeline.BytesDone(), 100u);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pipeline.Next(kNoTick)->status.message(), std::to_string(i));
  }
}

TEST(FramePipeline, IdleThreadsHelpWithASingleFrame) {
  FramePipeline pipeline(4);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> waiting{0};
  pipeline.Submit(std::make_unique<Job>([&](const FrameContext& context) {
    context.parallel_for(4, [&](size_t) {
      {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      }
      // All four at once, or this never ends.
      for (++waiting; waiting < 4;) std::this_thread::yield();
    });
    return Status();
  }));
  EXPECT_TRUE(pipeline.Next(kNoTick)->status.ok());
  EXPECT_EQ(threads.size(), 4u);
}

TEST(FramePipeline, NoMoreThreadsHelpThanAJobMayHave) {
  class Modest final : public FrameJob {
   public:
    Status Run(const FrameContext& context) override {
      EXPECT_EQ(context.threads, 2u);
      context.parallel_for(100, [&](size_t) {
        const int now = ++running_;
        most = std::max(most.load(), now);
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        --running_;
        ++tasks;
      });
      return Status();
    }
    uint64_t BytesDone() const override { return 0; }
    int MostThreads() const override { return 2; }
    std::atomic<int> most{0};
    std::atomic<int> tasks{0};

   private:
    std::atomic<int> running_{0};
  };
  FramePipeline pipeline(6, FramePipeline::AfterFailure::kStop, 2);
  pipeline.Submit(std::make_unique<Modest>());
  EXPECT_FALSE(pipeline.is_full());
  pipeline.Submit(std::make_unique<Modest>());
  EXPECT_TRUE(pipeline.is_full());
  const auto finished = pipeline.Next(kNoTick);
  const auto& job = static_cast<const Modest&>(*finished->job);
  EXPECT_EQ(job.tasks, 100);
  EXPECT_LE(job.most, 2);
}

TEST(FramePipeline, OutOfMemoryInAJobIsAStatus) {
  FramePipeline pipeline(1);
  pipeline.Submit(std::make_unique<Job>(
      [](const FrameContext&) -> Status { throw std::bad_alloc(); }));
  EXPECT_EQ(pipeline.Next(kNoTick)->status.code(), Code::kResourceLimit);
}

TEST(FramePipeline, ATickThatFailsCancelsAllJobs) {
  FramePipeline pipeline(2);
  std::atomic<int> cancelled{0};
  for (int i = 0; i < 3; ++i) {
    pipeline.Submit(std::make_unique<Job>([&](const FrameContext& context) {
      while (!context.cancelled->load()) std::this_thread::yield();
      ++cancelled;
      return Status(Code::kCancelled, "");
    }));
  }
  const auto next =
      pipeline.Next([] { return Status(Code::kCancelled, "enough"); });
  EXPECT_EQ(next.status().message(), "enough");
}

// Jobs 0 … 3: 2 fails at once, and 0 when 3 has been stopped, which no one else
// does.
TEST(FramePipeline, AFailureStopsTheFramesBehindItAndNoneBefore) {
  FramePipeline pipeline(4);
  std::atomic<bool> stopped{false};
  const auto submit = [&](std::function<Status(const FrameContext&)> run) {
    pipeline.Submit(std::make_unique<Job>(std::move(run)));
  };
  submit([&](const FrameContext& context) {
    while (!stopped) std::this_thread::yield();
    return Status(Code::kCorrupt, context.IsCancelled() ? "stopped" : "first");
  });
  submit([](const FrameContext&) { return Status(); });
  std::atomic<bool> has_begun{false};
  submit([&](const FrameContext&) {
    while (!has_begun) std::this_thread::yield();
    return Status(Code::kCorrupt, "second");
  });
  submit([&](const FrameContext& context) {
    has_begun = true;
    while (!context.IsCancelled()) std::this_thread::yield();
    stopped = true;
    return Status(Code::kCancelled, "");
  });
  EXPECT_EQ(pipeline.Next(kNoTick)->status.message(), "first");
  bool ran = false;
  submit([&](const FrameContext&) {
    ran = true;
    return Status();
  });
  for (int i = 1; i < 4; ++i) (void)pipeline.Next(kNoTick);
  EXPECT_EQ(pipeline.Next(kNoTick)->status.code(), Code::kCancelled);
  EXPECT_FALSE(ran);
}

TEST(FramePipeline, FramesBehindAFailureGoOnIfTheyAreWanted) {
  FramePipeline pipeline(2, FramePipeline::AfterFailure::kGoOn);
  for (int i = 0; i < 4; ++i) {
    pipeline.Submit(std::make_unique<Job>([i](const FrameContext& context) {
      if (i == 0) return Status(Code::kCorrupt, "bad");
      return context.IsCancelled() ? Status(Code::kCancelled, "") : Status();
    }));
  }
  EXPECT_EQ(pipeline.Next(kNoTick)->status.code(), Code::kCorrupt);
  for (int i = 1; i < 4; ++i) EXPECT_TRUE(pipeline.Next(kNoTick)->status.ok());
}

TEST(FramePipeline, LeavingEarlyWaitsForJobs) {
  std::atomic<bool> ended{false};
  {
    FramePipeline pipeline(1);
    pipeline.Submit(std::make_unique<Job>([&](const FrameContext& context) {
      while (!context.cancelled->load()) std::this_thread::yield();
      ended = true;
      return Status();
    }));
  }
  SUCCEED();
}

}  // namespace
}  // namespace lentil

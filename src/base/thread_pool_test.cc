// SPDX-License-Identifier: Apache-2.0
#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cfenv>

namespace lentil {
namespace {

TEST(ThreadPool, RunsEveryJobOnce) {
  std::atomic<int> sum{0};
  {
    ThreadPool pool(3);
    for (int i = 1; i <= 1000; ++i) {
      pool.Submit([&sum, i] { sum += i; });
    }
    pool.Wait();
    EXPECT_EQ(sum, 500500);
    pool.Submit([&sum] { ++sum; });
  }  // the destructor waits too
  EXPECT_EQ(sum, 500501);
}

TEST(ThreadPool, ParallelForVisitsEachIndexOnceForAnyWorkers) {
  for (int workers : {0, 1, 4}) {
    ThreadPool pool(workers);
    for (size_t n : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> visits(n);
      pool.ParallelFor(n, [&](size_t i) { ++visits[i]; });
      for (const auto& v : visits) EXPECT_EQ(v, 1);
    }
  }
}

TEST(ThreadPool, NestedParallelForFromBusyWorkersDoesNotDeadlock) {
  ThreadPool pool(2);
  std::atomic<int> visits{0};
  for (int job = 0; job < 20; ++job) {
    pool.Submit([&] {
      pool.ParallelFor(
          8, [&](size_t) { pool.ParallelFor(4, [&](size_t) { ++visits; }); });
    });
  }
  pool.Wait();
  EXPECT_EQ(visits, 20 * 8 * 4);
}

TEST(ThreadPool, WorkersRoundToNearestWhateverTheCallerDoes) {
  std::fesetround(FE_UPWARD);
  std::atomic<float> sum{0};
  {
    ThreadPool pool(1);  // a new thread inherits the mode of its maker
    pool.Submit([&] {
      volatile float one = 1.0f;
      volatile float tiny = 0x1p-30f;
      sum = one + tiny;
    });
  }
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(sum, 1.0f);
}

}  // namespace
}  // namespace lentil

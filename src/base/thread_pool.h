// SPDX-License-Identifier: Apache-2.0
// Fixed worker threads for whole frames and for the pieces of one frame.

#ifndef LENTIL_BASE_THREAD_POOL_H_
#define LENTIL_BASE_THREAD_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lentil {

// Runs closures on `workers` threads, first come first served; each worker
// keeps the floating-point mode of fp_mode.h. Thread-safe. The destructor waits
// for everything submitted.
class ThreadPool {
 public:
  explicit ThreadPool(
      int workers);  // 0 is allowed: then only ParallelFor works
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int workers() const { return static_cast<int>(threads_.size()); }

  // Needs at least one worker. `job` must not throw.
  void Submit(std::function<void()> job);

  // Returns when everything submitted so far has ended. Not from a worker.
  void Wait();

  // Runs task(0) ... task(n - 1), each once, on this thread and on workers that
  // are idle, and returns when all have ended. May be called from a worker and
  // nested: the caller can do all of it alone, so it never deadlocks.
  void ParallelFor(size_t n, const std::function<void(size_t)>& task);

 private:
  void Work();
  size_t IdleWorkers();

  std::mutex mutex_;
  std::condition_variable has_job_;
  std::condition_variable is_idle_;
  std::deque<std::function<void()>> jobs_;
  size_t running_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lentil

#endif  // LENTIL_BASE_THREAD_POOL_H_

// SPDX-License-Identifier: Apache-2.0
// One mutex, one queue: jobs are milliseconds long, so this is not the cost.

#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <memory>
#include <utility>

#include "base/fp_mode.h"

namespace lentil {

ThreadPool::ThreadPool(int workers) {
  for (int i = 0; i < workers; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  has_job_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::Submit(std::function<void()> job) {
  assert(!threads_.empty());
  {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  has_job_.notify_one();
}

void ThreadPool::Wait() {
  std::unique_lock lock(mutex_);
  is_idle_.wait(lock, [this] { return jobs_.empty() && running_ == 0; });
}

void ThreadPool::Work() {
  const ScopedFpMode fp_mode;
  std::unique_lock lock(mutex_);
  while (true) {
    has_job_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    ++running_;
    lock.unlock();
    job();
    job = nullptr;  // what it holds ends here, outside the lock
    lock.lock();
    if (--running_ == 0 && jobs_.empty()) is_idle_.notify_all();
  }
}

namespace {

// Shared by the caller and the workers that join it. `task` lives as long as
// the caller waits, which is until `done` == n; a worker that arrives later
// finds no index left and never touches it.
struct Loop {
  size_t n;
  const std::function<void(size_t)>* task;
  std::atomic<size_t> next{0};
  std::atomic<size_t> done{0};
  std::mutex mutex;
  std::condition_variable all_done;

  void Run() {
    for (size_t i; (i = next.fetch_add(1)) < n;) {
      (*task)(i);
      if (done.fetch_add(1) + 1 == n) {
        std::lock_guard lock(mutex);
        all_done.notify_all();
      }
    }
  }
};

}  // namespace

size_t ThreadPool::IdleWorkers() {
  const std::lock_guard lock(mutex_);
  const size_t taken = running_ + jobs_.size();
  return taken < threads_.size() ? threads_.size() - taken : 0;
}

void ThreadPool::ParallelFor(size_t n,
                             const std::function<void(size_t)>& task) {
  if (n == 0) return;
  auto loop = std::make_shared<Loop>();
  loop->n = n;
  loop->task = &task;
  const size_t helpers = std::min(n - 1, IdleWorkers());
  for (size_t i = 0; i < helpers; ++i) {
    Submit([loop] { loop->Run(); });
  }
  loop->Run();
  std::unique_lock lock(loop->mutex);
  loop->all_done.wait(lock, [&] { return loop->done.load() == n; });
}

}  // namespace lentil

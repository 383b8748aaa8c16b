// SPDX-License-Identifier: Apache-2.0
// A queue of slots; workers mark theirs as done.

#include "codec/frame_pipeline.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <new>
#include <utility>

namespace lentil {
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);

}  // namespace

FramePipeline::~FramePipeline() {
  cancelled_ = true;
  if (pool_ != nullptr) pool_->Wait();  // before any member goes
}

uint64_t FramePipeline::BytesDone() const {
  uint64_t sum = 0;
  for (const auto& slot : in_flight_) sum += slot->job->BytesDone();
  return sum;
}

uint64_t FramePipeline::CodeBytesDone() const {
  uint64_t sum = 0;
  for (const auto& slot : in_flight_) sum += slot->job->CodeBytesDone();
  return sum;
}

void FramePipeline::Submit(std::unique_ptr<FrameJob> job) {
  if (pool_ == nullptr) pool_ = std::make_unique<ThreadPool>(threads_);
  auto slot = std::make_unique<Slot>();
  slot->job = std::move(job);
  Slot* const borrowed = slot.get();
  {
    const std::lock_guard lock(mutex_);
    borrowed->stopped = has_failed_;
    in_flight_.push_back(std::move(slot));
  }
  pool_->Submit([this, borrowed] { Run(borrowed); });
}

// No more than `threads` at once are in the tasks of one ParallelFor: each of
// as many runners takes the next task until there is none.
void FramePipeline::ShareThreads(size_t threads, FrameContext* context) {
  if (threads <= 1) return;
  context->threads = threads;
  context->parallel_for = [this, threads](size_t n, const auto& task) {
    if (n <= threads) {
      pool_->ParallelFor(n, task);
      return;
    }
    std::atomic<size_t> next{0};
    pool_->ParallelFor(threads, [&](size_t) {
      for (size_t i; (i = next.fetch_add(1)) < n;) task(i);
    });
  };
}

void FramePipeline::Run(Slot* slot) {
  FrameContext context;
  context.cancelled = &cancelled_;
  context.failed = &slot->stopped;
  ShareThreads(
      static_cast<size_t>(std::min(threads_, slot->job->MostThreads())),
      &context);
  Status status(Code::kCancelled, "cancelled");
  if (!context.IsCancelled()) {
    try {
      status = slot->job->Run(context);
    } catch (const std::bad_alloc&) {
      status = Status(Code::kResourceLimit, "out of memory");
    }
  }
  const std::lock_guard lock(mutex_);
  if (!status.ok() && after_failure_ == AfterFailure::kStop) StopBehind(slot);
  slot->status = std::move(status);
  slot->is_done = true;
  has_finished_.notify_one();
}

// Nobody will ask for the frames behind this one. Needs the mutex.
void FramePipeline::StopBehind(const Slot* slot) {
  has_failed_ = true;
  for (auto i = in_flight_.rbegin(); i->get() != slot; ++i) {
    (*i)->stopped = true;
  }
}

bool FramePipeline::FrontIsDone() {
  if (in_flight_.empty()) return false;
  const std::lock_guard lock(mutex_);
  return in_flight_.front()->is_done;
}

Result<FinishedFrame> FramePipeline::Next(const Tick& tick) {
  assert(!in_flight_.empty());
  Slot* const slot = in_flight_.front().get();
  std::unique_lock lock(mutex_);
  while (!slot->is_done) {
    if (has_finished_.wait_for(lock, kTick, [&] { return slot->is_done; })) {
      break;
    }
    lock.unlock();
    const Status status = tick();
    if (!status.ok()) {
      cancelled_ = true;
      return status;
    }
    lock.lock();
  }
  FinishedFrame finished{std::move(slot->job), std::move(slot->status)};
  in_flight_.pop_front();
  return finished;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Frames on a pool of threads, handed back in the order they were given.

#ifndef LENTIL_CODEC_FRAME_PIPELINE_H_
#define LENTIL_CODEC_FRAME_PIPELINE_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>

#include "base/status.h"
#include "base/thread_pool.h"
#include "codec/frame_coder.h"

namespace lentil {

// The work on one frame. Run is called once, on some thread.
class FrameJob {
 public:
  virtual ~FrameJob() = default;
  // context.bytes_done is null; the job keeps its own count, see BytesDone.
  virtual Status Run(const FrameContext& context) = 0;
  // Source bytes worked off so far. Called while Run goes on.
  virtual uint64_t BytesDone() const = 0;
  // An encoder's code for as many source bytes. Called while Run goes on.
  virtual uint64_t CodeBytesDone() const { return 0; }
  // How many threads it may run on, its own and idle ones (for its memory).
  virtual int MostThreads() const { return std::numeric_limits<int>::max(); }
};

// A job that has run, and how it ended.
struct FinishedFrame {
  std::unique_ptr<FrameJob> job;
  Status status;
};

// One caller, `threads` workers. Frames run side by side, one on each worker;
// while there are fewer frames than workers, the idle ones help with the groups
// of a frame. The destructor cancels what still runs and waits for it.
class FramePipeline {
 public:
  // What becomes of the frames behind one that failed: those before it are
  // always worked off, so that the first error in order is always the same.
  enum class AfterFailure : uint8_t { kStop, kGoOn };

  // `most_frames` in flight; 0 = one more than threads: it waits behind those
  // that run, so that no worker does.
  explicit FramePipeline(int threads,
                         AfterFailure after_failure = AfterFailure::kStop,
                         size_t most_frames = 0)
      : threads_(threads),
        after_failure_(after_failure),
        most_frames_(most_frames > 0 ? most_frames
                                     : static_cast<size_t>(threads) + 1) {}
  ~FramePipeline();

  // Called about every 50 ms while waiting; an error cancels all jobs.
  using Tick = std::function<Status()>;

  size_t in_flight() const { return in_flight_.size(); }
  bool is_full() const { return in_flight_.size() >= most_frames_; }
  uint64_t BytesDone() const;      // sum over the jobs in flight
  uint64_t CodeBytesDone() const;  // likewise

  void Submit(std::unique_ptr<FrameJob> job);

  bool FrontIsDone();
  // Waits for the oldest job and removes it. Needs in_flight() > 0. The error
  // is that of `tick`; the job's own is in the result.
  Result<FinishedFrame> Next(const Tick& tick);

 private:
  struct Slot {
    std::unique_ptr<FrameJob> job;
    Status status;
    bool is_done = false;
    std::atomic<bool> stopped{false};  // one before it failed
  };

  void Run(Slot* slot);
  void ShareThreads(size_t threads, FrameContext* context);
  void StopBehind(const Slot* slot);

  const int threads_;
  const AfterFailure after_failure_;
  const size_t most_frames_;
  std::mutex mutex_;
  std::condition_variable has_finished_;
  // Changed by the caller's thread only, and under the mutex.
  std::deque<std::unique_ptr<Slot>> in_flight_;
  bool has_failed_ = false;  // one that was last when it did
  std::atomic<bool> cancelled_{false};
  std::unique_ptr<ThreadPool> pool_;  // started by the first frame
};

}  // namespace lentil

#endif  // LENTIL_CODEC_FRAME_PIPELINE_H_

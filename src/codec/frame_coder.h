// SPDX-License-Identifier: Apache-2.0
// What the container asks of a model: code one frame's bytes, and back.

#ifndef LENTIL_CODEC_FRAME_CODER_H_
#define LENTIL_CODEC_FRAME_CODER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"
#include "format/container.h"

namespace lentil {

// Runs tasks 0 … n−1, each exactly once, on the threads the caller has to spare
// (possibly on this one alone), and returns when all have ended.
using ParallelFor =
    std::function<void(size_t n, const std::function<void(size_t)>& task)>;

inline void RunHere(size_t n, const std::function<void(size_t)>& task) {
  for (size_t i = 0; i < n; ++i) task(i);
}

struct FrameContext {
  ParallelFor parallel_for = RunHere;            // never empty
  size_t threads = 1;                            // that it may run on
  const std::atomic<bool>* cancelled = nullptr;  // polled every 20 ms or so
  const std::atomic<bool>* failed = nullptr;  // likewise: what this is part of
  // Progress within the frame; each may be null.
  std::atomic<uint64_t>* bytes_done = nullptr;  // of source
  std::atomic<uint64_t>* code_bytes = nullptr;  // of an encoder's code so far
  std::atomic<FrameKind>* kind = nullptr;  // an encoder's choice, once made

  bool IsCancelled() const {
    return (cancelled != nullptr && *cancelled) ||
           (failed != nullptr && *failed);
  }
};

// What an encoder may take for a frame, at most; the frame says what it took.
struct LaneLimits {
  // Slices coded side by side: fewer make it smaller and slower. 16 are as fast
  // as more on two threads.
  uint32_t lanes = 16;
  int table_bits = 20;  // of the context models, ContextMixer::MemoryBytes
};

// Thread-safe: one coder serves many frames at once.
class FrameCoder {
 public:
  virtual ~FrameCoder() = default;
  // Of the frames it codes.
  virtual FrameKind kind() const { return FrameKind::kModel; }
  virtual uint32_t numerics_version() const = 0;
  virtual uint64_t model_hash() const = 0;
  // Bytes needed while coding a frame of `raw_size` on `threads` threads, on
  // top of raw and payload. A payload whose head is not there yet needs the
  // least.
  virtual uint64_t EncodeMemory(uint64_t raw_size, const LaneLimits& limits,
                                int threads) const = 0;
  virtual uint64_t DecodeMemory(uint64_t raw_size,
                                std::span<const uint8_t> payload,
                                int threads) const = 0;

  // Appends the payload to `payload`. The result depends on `raw`, `limits` and
  // the model alone.
  virtual Status Encode(std::span<const uint8_t> raw, const LaneLimits& limits,
                        const FrameContext&,
                        std::vector<uint8_t>* payload) const = 0;
  // Fills `raw`, whose size the container knows. kCorrupt if the payload lies.
  virtual Status Decode(std::span<const uint8_t> payload, const FrameContext&,
                        std::span<uint8_t> raw) const = 0;
};

// A model's, which codes small buffers on their own, too.
class ModelCoder : public FrameCoder {
 public:
  // One lane, the model alone, the least beside the stream: appends the code.
  virtual Status EncodeRecord(std::span<const uint8_t> raw,
                              std::vector<uint8_t>* code) const = 0;
  // Fills `raw`, whose size the caller knows.
  virtual Status DecodeRecord(std::span<const uint8_t> code,
                              std::span<uint8_t> raw) const = 0;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_FRAME_CODER_H_

// SPDX-License-Identifier: Apache-2.0
// Bytes in, container out, and back: splits the source into frames, codes each
// on a pool of threads, keeps order, checks everything. Memory is bounded by
// (threads + 1) frames and by kUsualMemory, never by the input.

#ifndef LENTIL_CODEC_STREAM_H_
#define LENTIL_CODEC_STREAM_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "codec/record_frame.h"
#include "format/container.h"

namespace lentil {

// Where coded or decoded bytes go. Called in order, from the thread that calls
// Write or Finish. An error stops the stream and is returned from that call.
using ByteSink = std::function<Status(std::span<const uint8_t>)>;

// Called at least ten times a second while there is work, from the calling
// thread, with bytes of input worked off and bytes of output made so far, those
// of frames in work included; returning false cancels (kCancelled).
using ProgressFn = std::function<bool(uint64_t bytes_in, uint64_t bytes_out)>;

// What frames in work take together at most, if no limit is set and one alone
// does not take more: fewer of them are in work, however many threads there
// are.
inline constexpr uint64_t kUsualMemory = uint64_t{512} << 20;

struct EncodeOptions {
  // What a frame is tried with; one that is incompressible, or smaller another
  // way, is stored or coded by zstd whatever this says. kStored and kZstd need
  // no model.
  FrameKind preferred = FrameKind::kModel;
  int zstd_level = 19;
  const FrameCoder* coder = nullptr;  // for kModel; must outlive the stream
  // For kRecords, in place of `coder`; likewise. Frames then end with records.
  const RecordFrameCoder* records = nullptr;
  LaneLimits limits = {};
  uint32_t frame_size = 4u << 20;  // bytes of source, kMin ... kMax
  int threads = 1;
  bool verify = true;         // decode each frame and compare
  uint64_t memory_limit = 0;  // bytes; fewer frames at once. 0 = kUsualMemory,
                              // or what one frame takes
  ProgressFn progress;
  // Receives how the latest frame is coded, as soon as it is known; or null.
  std::atomic<FrameKind>* kind = nullptr;
};

inline constexpr uint32_t kMinFrameSize = 4u << 10;

// How much is done at once.
struct Concurrency {
  int threads = 1;
  size_t frames = 1;  // in flight, threads + 1 if memory does not matter
};

// Memory that encoding takes at most with these options, apart from the index.
uint64_t EncoderMemory(const EncodeOptions& options,
                       const Concurrency& concurrency);

// The most that keeps within the limit or kUsualMemory: first there are fewer
// frames, which leaves threads to each, then fewer threads. One of each always
// goes.
Concurrency FittingConcurrency(const EncodeOptions& options);

// One use: Write any number of times, then Finish once.
class StreamEncoder {
 public:
  // kInvalidArgument, or kResourceLimit if the limit allows not one thread.
  static Result<std::unique_ptr<StreamEncoder>> Create(const EncodeOptions&,
                                                       ByteSink);
  virtual ~StreamEncoder() = default;
  virtual Status Write(std::span<const uint8_t> bytes) = 0;
  virtual Status Finish() = 0;
};

// Finds the model a file names; returns nullptr if it is not known here.
// The coder must outlive the stream.
using FrameCoderLookup = std::function<const FrameCoder*(
    uint32_t numerics_version, uint64_t model_hash)>;

struct DecodeOptions {
  FrameCoderLookup find_coder;  // asked at a container's first model frame
  // Likewise, for a container of records: kWrongModel or kWrongSample if it is
  // not known here. The coder must outlive the stream.
  std::function<Result<const RecordFrameCoder*>(const ContainerHeader&)>
      find_records;
  // Salvage: what to try on model frames whose container's header is lost.
  // They must outlive the stream.
  std::function<std::vector<const FrameCoder*>()> guess_coders;
  int threads = 1;
  uint64_t memory_limit = 0;  // 0: kUsualMemory, or what one frame takes
  // Skips damaged frames, reports them, goes on. Write and Finish then succeed
  // in spite of damage. A frame header that was hit is looked for byte by byte,
  // so a stored .ltl inside such a frame may come out in its place.
  bool salvage = false;
  std::function<void(const Status&)> on_damage;  // salvage: one call per loss
  ProgressFn progress;
};

// Decodes concatenated containers as one. The sink receives whole checked
// frames only.
class StreamDecoder {
 public:
  static Result<std::unique_ptr<StreamDecoder>> Create(const DecodeOptions&,
                                                       ByteSink);
  virtual ~StreamDecoder() = default;
  virtual Status Write(std::span<const uint8_t> bytes) = 0;
  virtual Status Finish() = 0;  // kCorrupt if the input ended early
};

}  // namespace lentil

#endif  // LENTIL_CODEC_STREAM_H_

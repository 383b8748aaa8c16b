// SPDX-License-Identifier: Apache-2.0
// Frames on their way from a container to the sink: decoded on a pipeline,
// delivered in order. What stream decoding and random access have in common.

#ifndef LENTIL_CODEC_FRAME_READER_H_
#define LENTIL_CODEC_FRAME_READER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "codec/frame_pipeline.h"
#include "codec/stream.h"
#include "format/container.h"

namespace lentil {

// A frame as read, and where it stood.
struct PackedFrame {
  FrameHeader header;
  uint64_t number = 0;         // in the file, from 0
  uint64_t file_offset = 0;    // of its header
  uint64_t source_offset = 0;  // of its first byte; random access only
  // Of a frame of records: only these, if there are any, are wanted.
  size_t first_record = 0;
  size_t records = 0;
  std::vector<uint8_t> payload;
  const FrameCoder* coder = nullptr;  // of its container
  // To try one after the other if `coder` is null; the frame's checksum tells.
  std::span<const FrameCoder* const> guesses;
};

// Whether such a frame needs its container's coder.
inline bool NeedsCoder(FrameKind kind) {
  return kind == FrameKind::kModel || kind == FrameKind::kRecords;
}

// "frame 3 at byte 5120"
std::string NameOf(const PackedFrame& frame);

// The coder for a container, or why there is none: kWrongModel, kUnsupported.
// A container without model gives null.
Result<const FrameCoder*> FindCoder(const ContainerHeader& header,
                                    const DecodeOptions& options);

class FrameReader {
 public:
  // Receives the content of each frame, or the source of its records that are
  // wanted, in order, on the caller's thread. If
  // one of frame.guesses was right, it is frame.coder now.
  using Deliver = std::function<Status(const PackedFrame& frame,
                                       std::span<const uint8_t> raw)>;
  // Hears of a frame that is damaged; returns ok to leave it out and go on.
  using OnDamage = std::function<Status(const Status&)>;

  FrameReader(const DecodeOptions& options, Deliver deliver, OnDamage damage);

  // kResourceLimit if this frame alone passes the limit, as far as can be told;
  // without a limit none does.
  // To be asked before its payload is read.
  Status CheckMemory(const PackedFrame& frame) const;

  // Starts decoding, on as many threads as there is room for; waits for older
  // frames while there is none. kResourceLimit if there never is.
  Status Add(PackedFrame frame);
  Status DeliverReady();  // without waiting
  Status Flush();         // waits for all

  // Calls the progress function if it is time to: kCancelled if it says so.
  Status Report();
  void CountOutput(uint64_t bytes) { bytes_out_ += bytes; }
  void CountInput(uint64_t bytes) { bytes_in_ += bytes; }

 private:
  uint64_t MemoryOf(const PackedFrame& frame, int threads) const;
  int MostThreads(const PackedFrame& frame, uint64_t room) const;
  Status DeliverFront();

  const DecodeOptions options_;
  const Deliver deliver_;
  const OnDamage on_damage_;
  uint64_t memory_in_flight_ = 0;
  uint64_t bytes_in_ = 0;
  uint64_t bytes_out_ = 0;
  std::chrono::steady_clock::time_point last_report_;
  FramePipeline pipeline_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_FRAME_READER_H_

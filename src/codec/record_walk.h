// SPDX-License-Identifier: Apache-2.0
// Some records out of the middle of an archive.

#ifndef LENTIL_CODEC_RECORD_WALK_H_
#define LENTIL_CODEC_RECORD_WALK_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/status.h"
#include "codec/archive.h"
#include "codec/frame_reader.h"

namespace lentil {

// Counts the records of frames as they pass, and has those decoded that were
// asked for, within the options' memory and threads. What the constructor is
// given must outlive the walk.
class RecordWalk {
 public:
  // Records [first, first + count) go to the sink. Salvages nothing.
  RecordWalk(const ReadAt& read_at, uint64_t first, uint64_t count,
             const DecodeOptions& options, const ByteSink& sink);

  // The frames that follow are of this container, which has records.
  void Enter(const ContainerHeader& header);

  // All frames of the file, in order. Reads no more of a frame than it needs.
  Status Visit(const FrameInfo& frame);
  // Once, behind the last: waits for what is at work.
  Status Finish() { return reader_.Flush(); }

  // Those that passed, a last one without its end included.
  uint64_t records() const { return at_ + (open_ ? 1 : 0); }
  // Whether all that were asked for did.
  bool is_done() const { return records() >= end_; }

 private:
  std::pair<size_t, size_t> Part(size_t records, bool open);
  Status Read(const FrameInfo& info, PackedFrame* frame);
  Status VisitRecords(const FrameInfo& info, PackedFrame* frame);
  Status Deliver(const PackedFrame& frame, std::span<const uint8_t> raw);

  const ReadAt& read_at_;
  const uint64_t first_;
  const uint64_t end_;
  const DecodeOptions& options_;
  const ByteSink& sink_;
  const ContainerHeader* header_ = nullptr;
  const FrameCoder* coder_ = nullptr;  // that it names, once needed
  uint64_t frames_ = 0;
  uint64_t at_ = 0;     // records that have ended
  bool open_ = false;   // one has begun besides
  FrameReader reader_;  // last: its frames use what stands above
};

}  // namespace lentil

#endif  // LENTIL_CODEC_RECORD_WALK_H_

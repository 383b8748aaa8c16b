// SPDX-License-Identifier: Apache-2.0
// Frame by frame: how many records it has, and its part of those wanted.

#include "codec/record_walk.h"

#include <algorithm>
#include <string>

#include "base/hash.h"
#include "codec/frame_codec.h"

namespace lentil {
namespace {

Status Corrupt(const char* what) { return Status(Code::kCorrupt, what); }

uint64_t PayloadOffset(const FrameInfo& frame) {
  return frame.file_offset + frame.stored_size - frame.header.payload_size;
}

}  // namespace

RecordWalk::RecordWalk(const ReadAt& read_at, uint64_t first, uint64_t count,
                       const DecodeOptions& options, const ByteSink& sink)
    : read_at_(read_at),
      first_(first),
      end_(first + std::min(count, UINT64_MAX - first)),
      options_(options),
      sink_(sink) {}

void RecordWalk::Enter(const ContainerHeader& header) {
  header_ = &header;
  coder_ = nullptr;
}

Status RecordWalk::Visit(const FrameInfo& frame) {
  if (at_ >= end_) return Status();
  const Status status = frame.header.kind == FrameKind::kRecords
                            ? VisitRecords(frame)
                            : VisitOther(frame);
  if (status.ok()) return status;
  return status.WithContext("frame at byte " +
                            std::to_string(frame.file_offset));
}

// The part of a frame with `records` records that was asked for: first and
// count. A line that is open goes on in the next frame.
std::pair<size_t, size_t> RecordWalk::Part(size_t records, bool open) {
  const uint64_t begin = std::max(first_, at_);
  const uint64_t end = std::min(end_, at_ + records);
  const uint64_t base = at_;
  at_ += records - (open ? 1 : 0);
  open_ = open;
  if (begin >= end) return {0, 0};
  return {begin - base, end - begin};
}

Result<std::vector<uint8_t>> RecordWalk::ReadPayload(
    const FrameInfo& frame) const {
  LENTIL_ASSIGN_OR_RETURN(
      std::vector<uint8_t> payload,
      ReadBytes(read_at_, PayloadOffset(frame), frame.header.payload_size));
  if (Hash32(payload) == frame.header.payload_check) return payload;
  return Corrupt("payload checksum mismatch");
}

Status RecordWalk::VisitRecords(const FrameInfo& frame) {
  const uint64_t start_size =
      std::min<uint64_t>(frame.header.payload_size, RecordFrameHead::kMaxBytes);
  LENTIL_ASSIGN_OR_RETURN(
      const std::vector<uint8_t> start,
      ReadBytes(read_at_, PayloadOffset(frame), start_size));
  LENTIL_ASSIGN_OR_RETURN(const RecordFrameHead head,
                          ParseRecordFrameHead(start));
  const auto [first, count] = Part(head.records, head.open);
  if (count == 0) return Status();
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> payload,
                          ReadPayload(frame));
  if (coder_ == nullptr) {
    if (options_.find_records) {
      LENTIL_ASSIGN_OR_RETURN(coder_, options_.find_records(*header_));
    }
    if (coder_ == nullptr) return Corrupt("no records are named");
  }
  std::vector<uint8_t> raw;
  LENTIL_RETURN_IF_ERROR(coder_->DecodeSome(
      payload, frame.header.raw_size, first, count, FrameContext{}, &raw));
  return sink_(raw);
}

// A frame that is smaller another way than record by record.
Status RecordWalk::VisitOther(const FrameInfo& frame) {
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> payload,
                          ReadPayload(frame));
  std::vector<uint8_t> raw(frame.header.raw_size);
  LENTIL_RETURN_IF_ERROR(
      DecodeFrame(frame.header, payload, nullptr, FrameContext{}, raw));
  bool open = false;
  const auto places = SplitRecords(raw, header_->records, &open);
  if (!places.ok()) return Corrupt("no records");
  const auto [first, count] = Part(places->size(), open);
  if (count == 0) return Status();
  const size_t extra = header_->records == RecordForm::kU32Le ? 4 : 0;
  const size_t begin = (*places)[first].begin - extra;
  const size_t next = first + count;
  const size_t end =
      next < places->size() ? (*places)[next].begin - extra : raw.size();
  return sink_(std::span(raw).subspan(begin, end - begin));
}

}  // namespace lentil

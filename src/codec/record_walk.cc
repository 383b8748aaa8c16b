// SPDX-License-Identifier: Apache-2.0
// Frame by frame: how many records it has, and its part of those wanted.

#include "codec/record_walk.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace lentil {
namespace {

Status Corrupt(const char* what) { return Status(Code::kCorrupt, what); }

uint64_t PayloadOffset(const FrameInfo& frame) {
  return frame.file_offset + frame.stored_size - frame.header.payload_size;
}

DecodeOptions Strict(DecodeOptions options) {
  options.salvage = false;
  return options;
}

}  // namespace

RecordWalk::RecordWalk(const ReadAt& read_at, uint64_t first, uint64_t count,
                       const DecodeOptions& options, const ByteSink& sink)
    : read_at_(read_at),
      first_(first),
      end_(first + std::min(count, UINT64_MAX - first)),
      options_(options),
      sink_(sink),
      reader_(
          Strict(options),
          [this](const PackedFrame& frame, std::span<const uint8_t> raw) {
            return Deliver(frame, raw);
          },
          [](const Status& status) { return status; }) {}

void RecordWalk::Enter(const ContainerHeader& header) {
  header_ = &header;
  coder_ = nullptr;
}

Status RecordWalk::Visit(const FrameInfo& info) {
  PackedFrame frame;
  frame.number = frames_++;
  if (at_ >= end_) return Status();
  frame.header = info.header;
  frame.file_offset = info.file_offset;
  frame.source_offset = info.source_offset;
  if (info.header.kind == FrameKind::kRecords) {
    LENTIL_RETURN_IF_ERROR(
        VisitRecords(info, &frame).WithContext(NameOf(frame)));
    if (frame.records == 0) return reader_.Report();
    LENTIL_RETURN_IF_ERROR(Read(info, &frame));
    return reader_.DeliverReady();
  }
  // How many records a frame has that is coded another way is known when it has
  // been decoded.
  LENTIL_RETURN_IF_ERROR(Read(info, &frame));
  return reader_.Flush();
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

// Which of a frame's records are wanted, and the coder if some are.
Status RecordWalk::VisitRecords(const FrameInfo& info, PackedFrame* frame) {
  const uint64_t start_size =
      std::min<uint64_t>(info.header.payload_size, RecordFrameHead::kMaxBytes);
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> start,
                          ReadBytes(read_at_, PayloadOffset(info), start_size));
  LENTIL_ASSIGN_OR_RETURN(const RecordFrameHead head,
                          ParseRecordFrameHead(start));
  std::tie(frame->first_record, frame->records) = Part(head.records, head.open);
  if (frame->records > 0 && coder_ == nullptr) {
    LENTIL_ASSIGN_OR_RETURN(coder_, FindCoder(*header_, options_));
  }
  frame->coder = coder_;
  return Status();
}

// Has the frame decoded. Its memory is asked for before its payload is read.
Status RecordWalk::Read(const FrameInfo& info, PackedFrame* frame) {
  LENTIL_RETURN_IF_ERROR(reader_.CheckMemory(*frame));
  LENTIL_ASSIGN_OR_RETURN(
      frame->payload,
      ReadBytes(read_at_, PayloadOffset(info), info.header.payload_size));
  reader_.CountInput(info.stored_size);
  LENTIL_RETURN_IF_ERROR(reader_.Add(std::move(*frame)));
  return reader_.Report();
}

// Records as they were wanted; or a whole frame that is smaller another way
// than record by record.
Status RecordWalk::Deliver(const PackedFrame& frame,
                           std::span<const uint8_t> raw) {
  if (frame.records == 0) {
    bool open = false;
    const auto places = SplitRecords(raw, header_->records, &open);
    if (!places.ok()) {
      return Corrupt("no records").WithContext(NameOf(frame));
    }
    const auto [first, count] = Part(places->size(), open);
    if (count == 0) return Status();
    const size_t extra = header_->records == RecordForm::kU32Le ? 4 : 0;
    const size_t begin = (*places)[first].begin - extra;
    const size_t next = first + count;
    const size_t end =
        next < places->size() ? (*places)[next].begin - extra : raw.size();
    raw = raw.subspan(begin, end - begin);
  }
  reader_.CountOutput(raw.size());
  return sink_(raw);
}

}  // namespace lentil

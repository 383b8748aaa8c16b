// SPDX-License-Identifier: Apache-2.0
// Containers found from the end of a file, and ranges out of their middle.

#include "codec/archive.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/hash.h"
#include "codec/frame_codec.h"
#include "codec/frame_reader.h"
#include "codec/record_walk.h"
#include "format/size_bound.h"
#include "kernels/kernels.h"

namespace lentil {
namespace {

Status Corrupt(const char* what, uint64_t offset) {
  return Status(Code::kCorrupt,
                std::string(what) + " at byte " + std::to_string(offset));
}

// A better first message than "no container ends here".
Status CheckStart(const ReadAt& read_at, uint64_t file_size) {
  if (file_size == 0) {
    return Status(Code::kCorrupt, "empty; not a lentil container");
  }
  LENTIL_ASSIGN_OR_RETURN(
      const std::vector<uint8_t> bytes,
      ReadBytes(read_at, 0, std::min<uint64_t>(file_size, kMaxHeaderBytes)));
  ContainerHeader header;
  return ParseContainerHeader(bytes, 0, &header).status();
}

// Whether frames of such sizes can be in such a container: context models hold
// most in a byte, or a model of our own alone. Records and tokens are not
// bounded without what they are coded by.
bool IndexCanBe(const ContainerInfo& info) {
  const ContainerHeader& header = info.header;
  if (header.records != RecordForm::kNone) return true;
  if (header.has_model && header.numerics_version != kNumericsVersion) {
    return true;
  }
  return std::all_of(
      info.frames.begin(), info.frames.end(), [&](const IndexEntry& entry) {
        const uint64_t room = entry.stored_size - kMinFrameHeaderBytes;
        return header.has_model ? HoldsModelBytes(room, entry.raw_size)
                                : HoldsMixedBytes(room, entry.raw_size);
      });
}

// The container that ends at `end`.
Result<ContainerInfo> ReadContainer(const ReadAt& read_at, uint64_t end) {
  if (end < kFooterTailBytes) return Corrupt("truncated", end);
  const uint64_t tail_at = end - kFooterTailBytes;
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> tail,
                          ReadBytes(read_at, tail_at, kFooterTailBytes));
  LENTIL_ASSIGN_OR_RETURN(const size_t length, ParseFooterTail(tail, tail_at));
  if (length > end) return Corrupt("footer length lies", tail_at);
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes,
                          ReadBytes(read_at, end - length, length));
  LENTIL_ASSIGN_OR_RETURN(Footer footer, ParseFooter(bytes, end - length));

  ContainerInfo info;
  info.file_size = length + footer.header_size;
  for (const IndexEntry& entry : footer.frames) {
    info.file_size += entry.stored_size;
    info.source_size += entry.raw_size;
  }
  if (info.file_size > end) {
    return Corrupt("index points outside of the file", end - length);
  }
  info.file_offset = end - info.file_size;
  info.source_hash = footer.source_hash;
  info.frames = std::move(footer.frames);
  LENTIL_ASSIGN_OR_RETURN(
      const std::vector<uint8_t> head,
      ReadBytes(read_at, info.file_offset, footer.header_size));
  LENTIL_ASSIGN_OR_RETURN(
      const size_t used,
      ParseContainerHeader(head, info.file_offset, &info.header));
  if (used != footer.header_size) {
    return Corrupt("index does not reach the header", info.file_offset);
  }
  if (!IndexCanBe(info)) return Corrupt("footer index lies", end - length);
  return info;
}

}  // namespace

Result<std::vector<uint8_t>> ReadBytes(const ReadAt& read_at, uint64_t offset,
                                       uint64_t size) {
  std::vector<uint8_t> bytes(size);
  LENTIL_RETURN_IF_ERROR(read_at(offset, bytes));
  return bytes;
}

Result<Archive> Archive::Open(ReadAt read_at, uint64_t file_size) {
  LENTIL_RETURN_IF_ERROR(CheckStart(read_at, file_size));
  Archive archive;
  for (uint64_t end = file_size; end > 0;) {
    LENTIL_ASSIGN_OR_RETURN(ContainerInfo info, ReadContainer(read_at, end));
    end = info.file_offset;
    archive.containers_.push_back(std::move(info));
  }
  std::reverse(archive.containers_.begin(), archive.containers_.end());
  for (ContainerInfo& info : archive.containers_) {
    if (info.source_size > UINT64_MAX - archive.source_size_) {
      return Corrupt("index claims too much", info.file_offset);
    }
    info.source_offset = archive.source_size_;
    archive.source_size_ += info.source_size;
  }
  archive.read_at_ = std::move(read_at);
  return archive;
}

namespace {

// Visits the index entries of a container with their offsets in order.
template <class Visit>
Status ForEachEntry(const ContainerInfo& container, size_t header_size,
                    const Visit& visit) {
  FrameInfo frame;
  frame.source_offset = container.source_offset;
  frame.file_offset = container.file_offset + header_size;
  for (const IndexEntry& entry : container.frames) {
    frame.stored_size = entry.stored_size;
    frame.header.raw_size = entry.raw_size;
    LENTIL_RETURN_IF_ERROR(visit(frame));
    frame.source_offset += entry.raw_size;
    frame.file_offset += entry.stored_size;
  }
  return Status();
}

size_t HeaderSize(const ContainerHeader& header) {
  std::vector<uint8_t> bytes;
  AppendContainerHeader(header, &bytes);
  return bytes.size();
}

// Parses the header of a frame the index announced; they must agree.
Result<size_t> ParseAnnounced(std::span<const uint8_t> bytes,
                              FrameInfo* frame) {
  const uint32_t raw_size = frame->header.raw_size;
  LENTIL_ASSIGN_OR_RETURN(
      const size_t used,
      ParseFrameHeader(bytes, frame->file_offset, &frame->header));
  if (used == 0 || frame->header.raw_size != raw_size ||
      used + frame->header.payload_size != frame->stored_size) {
    return Corrupt("index and frame disagree", frame->file_offset);
  }
  return used;
}

}  // namespace

Status Archive::ForEachFrameOf(
    const ContainerInfo& container,
    const std::function<Status(const FrameInfo&)>& visit) const {
  const auto read_header = [&](FrameInfo frame) -> Status {
    const uint64_t size =
        std::min<uint64_t>(frame.stored_size, kMaxFrameHeaderBytes);
    LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes,
                            ReadBytes(read_at_, frame.file_offset, size));
    LENTIL_RETURN_IF_ERROR(ParseAnnounced(bytes, &frame).status());
    return visit(frame);
  };
  return ForEachEntry(container, HeaderSize(container.header), read_header);
}

Status Archive::ForEachFrame(
    const std::function<Status(const FrameInfo&)>& visit) const {
  for (const ContainerInfo& container : containers_) {
    LENTIL_RETURN_IF_ERROR(ForEachFrameOf(container, visit));
  }
  return Status();
}

Status Archive::Extract(uint64_t offset, uint64_t length,
                        const DecodeOptions& options,
                        const ByteSink& sink) const {
  const uint64_t end = offset + std::min(length, UINT64_MAX - offset);
  FrameReader* counter = nullptr;
  // The part of a frame's content that was asked for.
  const auto deliver = [&](const PackedFrame& frame,
                           std::span<const uint8_t> raw) {
    const uint64_t at = frame.source_offset;
    const uint64_t first = std::max(offset, at) - at;
    const uint64_t last = std::min(end, at + raw.size()) - at;
    counter->CountOutput(last - first);
    return sink(raw.subspan(first, last - first));
  };
  DecodeOptions strict = options;
  strict.salvage = false;
  FrameReader reader(strict, deliver,
                     [](const Status& status) { return status; });
  counter = &reader;

  uint64_t number = 0;
  const ContainerHeader* header = nullptr;
  const FrameCoder* coder = nullptr;  // that it names, once it was needed
  const auto add = [&](FrameInfo info) -> Status {
    PackedFrame frame;
    frame.number = number++;
    if (info.source_offset >= end ||
        info.source_offset + info.header.raw_size <= offset) {
      return Status();
    }
    LENTIL_ASSIGN_OR_RETURN(
        frame.payload, ReadBytes(read_at_, info.file_offset, info.stored_size));
    LENTIL_ASSIGN_OR_RETURN(const size_t used,
                            ParseAnnounced(frame.payload, &info));
    frame.payload.erase(frame.payload.begin(), frame.payload.begin() + used);
    frame.header = info.header;
    frame.file_offset = info.file_offset;
    frame.source_offset = info.source_offset;
    if (NeedsCoder(info.header.kind) && coder == nullptr) {
      LENTIL_ASSIGN_OR_RETURN(coder, FindCoder(*header, options));
    }
    frame.coder = coder;
    reader.CountInput(info.stored_size);
    LENTIL_RETURN_IF_ERROR(reader.CheckMemory(frame));
    LENTIL_RETURN_IF_ERROR(reader.Add(std::move(frame)));
    LENTIL_RETURN_IF_ERROR(reader.DeliverReady());
    return reader.Report();
  };
  for (const ContainerInfo& container : containers_) {
    if (container.source_offset >= end ||
        container.source_offset + container.source_size <= offset) {
      number += container.frames.size();
      continue;
    }
    header = &container.header;
    coder = nullptr;
    LENTIL_RETURN_IF_ERROR(
        ForEachEntry(container, HeaderSize(container.header), add));
  }
  return reader.Flush();
}

Status Archive::ExtractRecords(uint64_t first, uint64_t count,
                               const DecodeOptions& options,
                               const ByteSink& sink) const {
  RecordWalk walk(read_at_, first, count, options, sink);
  for (const ContainerInfo& container : containers_) {
    if (container.header.records == RecordForm::kNone) {
      return Status(Code::kInvalidArgument,
                    "names no records; it was made without --records");
    }
    walk.Enter(container.header);
    LENTIL_RETURN_IF_ERROR(ForEachFrameOf(
        container, [&](const FrameInfo& frame) { return walk.Visit(frame); }));
  }
  LENTIL_RETURN_IF_ERROR(walk.Finish());
  if (walk.is_done()) return Status();
  return Status(Code::kInvalidArgument,
                "has " + std::to_string(walk.records()) + " records only");
}

}  // namespace lentil

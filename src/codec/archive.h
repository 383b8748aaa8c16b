// SPDX-License-Identifier: Apache-2.0
// Random access: a seekable file of one or more containers, read from its end.

#ifndef LENTIL_CODEC_ARCHIVE_H_
#define LENTIL_CODEC_ARCHIVE_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/stream.h"
#include "format/container.h"

namespace lentil {

// Fills `bytes` from `offset` of the file, whole or with an error.
using ReadAt = std::function<Status(uint64_t offset, std::span<uint8_t> bytes)>;

// Bytes [offset, offset + size) of the file.
Result<std::vector<uint8_t>> ReadBytes(const ReadAt& read_at, uint64_t offset,
                                       uint64_t size);

// One frame, and where it lies.
struct FrameInfo {
  FrameHeader header;
  uint64_t source_offset = 0;  // of its first byte, over all containers
  uint64_t file_offset = 0;    // of its header
  uint32_t stored_size = 0;    // header and payload
};

// One container of the file.
struct ContainerInfo {
  ContainerHeader header;
  uint64_t file_offset = 0;
  uint64_t file_size = 0;
  uint64_t source_offset = 0;
  uint64_t source_size = 0;
  uint64_t source_hash = 0;
  std::vector<IndexEntry> frames;
};

class Archive {
 public:
  // Reads headers and footers only; memory is 8 bytes per frame. kCorrupt if
  // the file is not a whole number of containers.
  static Result<Archive> Open(ReadAt read_at, uint64_t file_size);

  const std::vector<ContainerInfo>& containers() const { return containers_; }
  uint64_t source_size() const { return source_size_; }

  // Reads each frame's header and visits it, in order. A visitor's error ends
  // the walk and is returned.
  Status ForEachFrame(
      const std::function<Status(const FrameInfo&)>& visit) const;

  // Decodes source bytes [offset, offset + length), touching only the frames
  // that hold them; what lies behind the end is left out. The sink receives
  // bytes of checked frames only; the hash of the whole source is not checked.
  // Ignores DecodeOptions::salvage.
  Status Extract(uint64_t offset, uint64_t length, const DecodeOptions& options,
                 const ByteSink& sink) const;

  // Decodes records [first, first + count), counted over the file, and no
  // others where frames are of records; the sink receives their source bytes,
  // with newlines and lengths. A frame's checksum of its source goes unchecked,
  // that of its payload not. Memory, threads and progress are as for Extract.
  // kInvalidArgument if the file names no records or has fewer.
  Status ExtractRecords(uint64_t first, uint64_t count,
                        const DecodeOptions& options,
                        const ByteSink& sink) const;

 private:
  Archive() = default;
  Status ForEachFrameOf(
      const ContainerInfo& container,
      const std::function<Status(const FrameInfo&)>& visit) const;

  ReadAt read_at_;
  std::vector<ContainerInfo> containers_;
  uint64_t source_size_ = 0;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_ARCHIVE_H_

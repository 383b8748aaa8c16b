// SPDX-License-Identifier: Apache-2.0
// The C API: random access and listing.

#include <cstring>
#include <optional>

#include "capi/handles.h"
#include "codec/archive.h"
#include "lentil/lentil.h"

struct lentil_archive {
  lentil_codec* codec = nullptr;
  std::optional<lentil::Archive> archive;
  uint64_t file_size = 0;
  // Every frame, once one was asked for.
  std::optional<std::vector<lentil_frame_info>> frames;
};

namespace lentil {
namespace {

ReadAt ReaderOf(lentil_read_fn read, void* user) {
  return [read, user](uint64_t offset, std::span<uint8_t> bytes) {
    if (read(user, offset, bytes.data(), bytes.size()) == 0) return Status();
    return Status(Code::kIo, "the input could not be read");
  };
}

ReadAt ReaderOf(std::span<const uint8_t> file) {
  return [file](uint64_t offset, std::span<uint8_t> bytes) {
    if (offset > file.size() || bytes.size() > file.size() - offset) {
      return Status(Code::kInternal, "read past the end");
    }
    std::memcpy(bytes.data(), file.data() + offset, bytes.size());
    return Status();
  };
}

Result<std::vector<lentil_frame_info>> ReadFrames(const Archive& archive) {
  std::vector<lentil_frame_info> frames;
  const Status status = archive.ForEachFrame([&](const FrameInfo& frame) {
    lentil_frame_info info;
    info.source_offset = frame.source_offset;
    info.source_size = frame.header.raw_size;
    info.stored_offset = frame.file_offset;
    info.stored_size = frame.stored_size;
    info.kind = static_cast<int>(frame.header.kind);
    frames.push_back(info);
    return Status();
  });
  if (!status.ok()) return status;
  return frames;
}

lentil_archive_info InfoOf(const lentil_archive& archive) {
  lentil_archive_info info = {};
  info.source_size = archive.archive->source_size();
  info.stored_size = archive.file_size;
  info.containers = archive.archive->containers().size();
  info.format_version = kFormatVersion;
  for (const ContainerInfo& container : archive.archive->containers()) {
    info.frames += container.frames.size();
    if (container.header.has_model && info.model_hash == 0) {
      info.model_hash = container.header.model_hash;
      info.numerics_version = container.header.numerics_version;
    }
  }
  return info;
}

}  // namespace
}  // namespace lentil

using lentil::NullArgument;
using lentil::Status;

extern "C" {

lentil_error lentil_decompressed_size(const void* src, size_t src_size,
                                      uint64_t* size) {
  return lentil::Guard(nullptr, [&]() -> Status {
    if ((src == nullptr && src_size > 0) || size == nullptr) {
      return NullArgument();
    }
    LENTIL_ASSIGN_OR_RETURN(
        const lentil::Archive archive,
        lentil::Archive::Open(lentil::ReaderOf(lentil::BytesOf(src, src_size)),
                              src_size));
    *size = archive.source_size();
    return Status();
  });
}

lentil_error lentil_archive_open(lentil_codec* codec, lentil_read_fn read,
                                 void* user, uint64_t size,
                                 lentil_archive** archive) {
  return lentil::GuardCodec(codec, [&]() -> Status {
    if (read == nullptr || archive == nullptr) return NullArgument();
    auto fresh = std::make_unique<lentil_archive>();
    LENTIL_ASSIGN_OR_RETURN(
        lentil::Archive opened,
        lentil::Archive::Open(lentil::ReaderOf(read, user), size));
    fresh->codec = codec;
    fresh->archive = std::move(opened);
    fresh->file_size = size;
    *archive = fresh.release();
    return Status();
  });
}

lentil_error lentil_archive_get_info(const lentil_archive* archive,
                                     lentil_archive_info* info) {
  if (archive == nullptr || info == nullptr) return LENTIL_INVALID_ARGUMENT;
  *info = lentil::InfoOf(*archive);
  return LENTIL_OK;
}

lentil_error lentil_archive_get_frame(lentil_archive* archive, uint64_t index,
                                      lentil_frame_info* frame) {
  if (archive == nullptr) return LENTIL_INVALID_ARGUMENT;
  return lentil::GuardCodec(archive->codec, [&]() -> Status {
    if (frame == nullptr) return NullArgument();
    if (!archive->frames) {
      LENTIL_ASSIGN_OR_RETURN(archive->frames,
                              lentil::ReadFrames(*archive->archive));
    }
    if (index >= archive->frames->size()) {
      return Status(lentil::Code::kInvalidArgument, "no such frame");
    }
    *frame = (*archive->frames)[index];
    return Status();
  });
}

lentil_error lentil_archive_read(lentil_archive* archive, uint64_t offset,
                                 uint64_t length, lentil_write_fn write,
                                 void* user) {
  if (archive == nullptr) return LENTIL_INVALID_ARGUMENT;
  return lentil::GuardCodec(archive->codec, [&]() -> Status {
    if (write == nullptr) return NullArgument();
    const Status status = archive->archive->Extract(
        offset, length, lentil::DecodeOptionsOf(archive->codec),
        lentil::SinkOf(write, user));
    return lentil::Explained(*archive->codec, status);
  });
}

lentil_error lentil_archive_read_records(lentil_archive* archive,
                                         uint64_t first, uint64_t count,
                                         lentil_write_fn write, void* user) {
  if (archive == nullptr) return LENTIL_INVALID_ARGUMENT;
  return lentil::GuardCodec(archive->codec, [&]() -> Status {
    if (write == nullptr) return NullArgument();
    const Status status = archive->archive->ExtractRecords(
        first, count, lentil::DecodeOptionsOf(archive->codec),
        lentil::SinkOf(write, user));
    return lentil::Explained(*archive->codec, status);
  });
}

void lentil_archive_free(lentil_archive* archive) { delete archive; }

}  // extern "C"

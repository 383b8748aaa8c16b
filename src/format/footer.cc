// SPDX-License-Identifier: Apache-2.0
// The footer: index, hash of the source, and the way to find it from the end.
//
//   00 "END" | u32 length | varint header size | varint frames
//   | per frame: varint zigzag(raw - previous raw), varint stored size
//   | u64 source hash | u32 length | u32 check of all before | "LTL" ED

#include <algorithm>
#include <limits>
#include <string>

#include "base/endian.h"
#include "base/hash.h"
#include "format/container.h"

namespace lentil {
namespace {

constexpr size_t kFooterHeadBytes = 8;
constexpr size_t kMinFooterBytes = kFooterHeadBytes + 2 + 8 + kFooterTailBytes;

Status Corrupt(const char* what, uint64_t offset) {
  return Status(Code::kCorrupt,
                std::string(what) + " at byte " + std::to_string(offset));
}

uint64_t ZigZag(uint32_t value, uint32_t previous) {
  const int64_t delta = int64_t{value} - int64_t{previous};
  return static_cast<uint64_t>(delta) << 1 ^ static_cast<uint64_t>(delta >> 63);
}

uint64_t UnZigZag(uint64_t code, uint64_t previous) {
  return previous + (code >> 1 ^ (0 - (code & 1)));
}

// Whether a frame of any kind can have these sizes.
bool CanBeFrame(uint64_t raw, uint64_t stored) {
  if (raw < 1 || raw > kMaxFrameSize) return false;
  const uint64_t least = kMinFrameHeaderBytes - 1 + VarintSize(raw) + 1;
  return stored >= least && stored <= raw + kMaxFrameHeaderBytes;
}

Result<size_t> CheckedLength(const uint8_t* bytes, uint64_t offset) {
  const size_t length = LoadLe<uint32_t>(bytes);
  if (length < kMinFooterBytes) return Corrupt("footer length lies", offset);
  return length;
}

}  // namespace

void IndexBuilder::Add(IndexEntry entry) {
  AppendVarint(ZigZag(entry.raw_size, last_raw_size_), &entries_);
  AppendVarint(entry.stored_size, &entries_);
  last_raw_size_ = entry.raw_size;
  ++frames_;
}

Status IndexBuilder::AppendFooter(uint32_t header_size, uint64_t source_hash,
                                  std::vector<uint8_t>* out) const {
  const size_t start = out->size();
  const uint64_t length = kFooterHeadBytes + VarintSize(header_size) +
                          VarintSize(frames_) + entries_.size() + 8 +
                          kFooterTailBytes;
  if (length > std::numeric_limits<uint32_t>::max()) {
    return Status(Code::kResourceLimit, "too many frames; use larger ones");
  }
  out->insert(out->end(), std::begin(kFooterMagic), std::end(kFooterMagic));
  AppendLe(static_cast<uint32_t>(length), out);
  AppendVarint(header_size, out);
  AppendVarint(frames_, out);
  out->insert(out->end(), entries_.begin(), entries_.end());
  AppendLe(source_hash, out);
  AppendLe(static_cast<uint32_t>(length), out);
  AppendLe(Hash32(std::span(*out).subspan(start)), out);
  out->insert(out->end(), std::begin(kEndMagic), std::end(kEndMagic));
  return Status();
}

Result<size_t> ParseFooterLength(std::span<const uint8_t> bytes,
                                 uint64_t offset) {
  const size_t seen = std::min(bytes.size(), sizeof(kFooterMagic));
  if (!std::equal(bytes.begin(), bytes.begin() + seen, kFooterMagic)) {
    return Corrupt("neither a frame nor a footer", offset);
  }
  if (bytes.size() < kFooterHeadBytes) return size_t{0};
  return CheckedLength(bytes.data() + sizeof(kFooterMagic), offset + 4);
}

Result<size_t> ParseFooterTail(std::span<const uint8_t> tail, uint64_t offset) {
  if (tail.size() != kFooterTailBytes ||
      !std::equal(tail.begin() + 8, tail.end(), kEndMagic)) {
    return Corrupt("no container ends", offset + tail.size());
  }
  return CheckedLength(tail.data(), offset);
}

Status CheckFooter(std::span<const uint8_t> bytes, uint64_t offset) {
  LENTIL_ASSIGN_OR_RETURN(const size_t length,
                          ParseFooterLength(bytes, offset));
  if (length == 0 || length != bytes.size()) {
    return Corrupt("footer length lies", offset + 4);
  }
  const size_t tail = length - kFooterTailBytes;
  LENTIL_ASSIGN_OR_RETURN(const size_t tail_length,
                          ParseFooterTail(bytes.subspan(tail), offset + tail));
  if (tail_length != length)
    return Corrupt("footer length lies", offset + tail);
  if (Hash32(bytes.first(tail + 4)) != LoadLe<uint32_t>(&bytes[tail + 4])) {
    return Corrupt("footer checksum mismatch", offset + tail + 4);
  }
  return Status();
}

Result<Footer> ParseFooter(std::span<const uint8_t> bytes, uint64_t offset) {
  LENTIL_RETURN_IF_ERROR(CheckFooter(bytes, offset));
  const size_t tail = bytes.size() - kFooterTailBytes;
  const std::span<const uint8_t> index = bytes.first(tail - 8);
  size_t at = kFooterHeadBytes;
  const auto read = [&](uint64_t* value) {
    return ReadVarint(index, &at, value) == VarintResult::kOk;
  };
  Footer footer;
  footer.source_hash = LoadLe<uint64_t>(&bytes[tail - 8]);
  uint64_t header_size = 0;
  uint64_t frames = 0;
  if (!read(&header_size) || !read(&frames) || header_size > kMaxHeaderBytes ||
      frames > (index.size() - at) / 2) {
    return Corrupt("footer index is malformed", offset + at);
  }
  footer.header_size = static_cast<uint32_t>(header_size);
  footer.frames.resize(frames);
  uint64_t raw = 0;
  for (IndexEntry& entry : footer.frames) {
    uint64_t code = 0;
    uint64_t stored = 0;
    if (!read(&code) || !read(&stored)) {
      return Corrupt("footer index is malformed", offset + at);
    }
    raw = UnZigZag(code, raw);
    if (!CanBeFrame(raw, stored)) {
      return Corrupt("footer index lies", offset + at);
    }
    entry = {static_cast<uint32_t>(raw), static_cast<uint32_t>(stored)};
  }
  if (at != index.size()) {
    return Corrupt("footer index is malformed", offset + at);
  }
  return footer;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
#include "parts.h"

#include <cstdio>
#include <cstdlib>

#include "base/endian.h"
#include "base/hash.h"

namespace lentil {
namespace {

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "a seed cannot be taken apart: %s\n", what);
  std::abort();
}

// As AppendFrameHeader, of sizes that may not be.
void AppendHeader(const FrameHeader& header, Bytes* out) {
  const size_t start = out->size();
  out->push_back(static_cast<uint8_t>(header.kind));
  AppendVarint(header.raw_size, out);
  AppendVarint(header.payload_size, out);
  AppendLe(header.payload_check, out);
  AppendLe(header.raw_check, out);
  AppendLe(Hash32(std::span(*out).subspan(start)), out);
}

void AppendFooter(const ContainerPart& part, const IndexBuilder& index,
                  uint32_t header_size, Bytes* out) {
  const size_t start = out->size();
  if (!index.AppendFooter(header_size, part.source_hash, out).ok()) {
    Fail("footer");
  }
  if (part.footer_lies == 0) return;
  const size_t tail = out->size() - kFooterTailBytes;
  const auto length =
      static_cast<uint32_t>(out->size() - start) + part.footer_lies;
  StoreLe(length, out->data() + start + 4);
  StoreLe(length, out->data() + tail);
  StoreLe(Hash32(std::span(*out).subspan(start, tail + 4 - start)),
          out->data() + tail + 4);
}

}  // namespace

void TakeApart(std::span<const uint8_t> archive,
               std::span<const uint8_t> source,
               std::vector<ContainerPart>* parts) {
  size_t at = 0;
  while (at < archive.size()) {
    ContainerPart part;
    const auto used =
        ParseContainerHeader(archive.subspan(at), 0, &part.header);
    if (!used.ok() || *used == 0) Fail("header");
    at += *used;
    while (archive[at] != kFooterMagic[0]) {
      FramePart frame;
      const auto size = ParseFrameHeader(archive.subspan(at), 0, &frame.header);
      if (!size.ok() || *size == 0) Fail("frame");
      at += *size;
      const auto payload = archive.subspan(at, frame.header.payload_size);
      frame.payload.assign(payload.begin(), payload.end());
      at += payload.size();
      const auto raw = source.first(frame.header.raw_size);
      frame.source.assign(raw.begin(), raw.end());
      source = source.subspan(raw.size());
      part.frames.push_back(std::move(frame));
    }
    const auto length = ParseFooterLength(archive.subspan(at), 0);
    if (!length.ok()) Fail("footer");
    const auto footer = ParseFooter(archive.subspan(at, *length), 0);
    if (!footer.ok()) Fail("footer");
    part.source_hash = footer->source_hash;
    at += *length;
    parts->push_back(std::move(part));
  }
}

ContainerPart Join(const std::vector<ContainerPart>& parts) {
  ContainerPart joined;
  joined.header = parts.front().header;
  Bytes source;
  for (const ContainerPart& part : parts) {
    for (const FramePart& frame : part.frames) {
      source.insert(source.end(), frame.source.begin(), frame.source.end());
      joined.frames.push_back(frame);
    }
  }
  joined.source_hash = Hash64(source);
  return joined;
}

Bytes PutTogether(const std::vector<ContainerPart>& parts) {
  Bytes file;
  for (const ContainerPart& part : parts) {
    const size_t start = file.size();
    AppendContainerHeader(part.header, &file);
    const auto header_size = static_cast<uint32_t>(file.size() - start);
    IndexBuilder index;
    for (const FramePart& frame : part.frames) {
      FrameHeader header = frame.header;
      if (!frame.keeps_check) header.payload_check = Hash32(frame.payload);
      const size_t frame_start = file.size();
      AppendHeader(header, &file);
      file.insert(file.end(), frame.payload.begin(), frame.payload.end());
      index.Add(frame.claimed.value_or(IndexEntry{
          header.raw_size, static_cast<uint32_t>(file.size() - frame_start)}));
    }
    AppendFooter(part, index, part.claimed_header_size.value_or(header_size),
                 &file);
  }
  return file;
}

}  // namespace lentil

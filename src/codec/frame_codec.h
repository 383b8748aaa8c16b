// SPDX-License-Identifier: Apache-2.0
// One frame: which coder makes it smallest, and both directions of each.

#ifndef LENTIL_CODEC_FRAME_CODEC_H_
#define LENTIL_CODEC_FRAME_CODEC_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "format/container.h"

namespace lentil {

// How EncodeFrame chooses. Part of EncodeOptions (codec/stream.h).
struct FrameEncoding {
  FrameKind preferred = FrameKind::kModel;
  int zstd_level = 19;
  const FrameCoder* coder = nullptr;  // needed for kModel and kRecords
  LaneLimits limits = {};
};

struct CodedFrame {
  FrameHeader header;
  std::vector<uint8_t> payload;  // empty if stored: the source is the payload
};

// Codes `raw` (1 ... kMaxFrameSize bytes) in the smallest way among storing it,
// zstd and the preferred one; records are stored or coded as records;
// repetitive data take context models instead of a model. Data that are
// compressed already are recognised at several hundred MB/s and stored; data
// that zstd makes 64 times smaller are left to it. The result depends on `raw`
// and `encoding` alone.
Status EncodeFrame(std::span<const uint8_t> raw, const FrameEncoding& encoding,
                   const FrameContext& context, CodedFrame* frame);

// Bytes of memory EncodeFrame takes on one thread besides raw and payload.
uint64_t EncodeFrameMemory(uint64_t raw_size, const FrameEncoding& encoding);

// Fills `raw`, whose size is header.raw_size, from a payload whose check is
// known to be right, and checks it. `coder` may be null unless kind is kModel
// or kRecords, and then must be of that kind.
Status DecodeFrame(const FrameHeader& header, std::span<const uint8_t> payload,
                   const FrameCoder* coder, const FrameContext& context,
                   std::span<uint8_t> raw);

}  // namespace lentil

#endif  // LENTIL_CODEC_FRAME_CODEC_H_

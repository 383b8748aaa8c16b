// SPDX-License-Identifier: Apache-2.0
// The choice among stored, zstd, context models and model, by trying what is
// cheap first.

#include "codec/frame_codec.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "codec/lane_frame.h"
#include "codec/layout_choice.h"
#include "codec/zstd_frame.h"
#include "data/period.h"

namespace lentil {
namespace {

constexpr int kQuickLevel = 1;   // to see whether there is anything to gain
constexpr int kProbeLevel = 3;   // to guess what zstd_level would reach
constexpr size_t kSamples = 16;  // pieces of a frame, spread evenly
constexpr size_t kSampleSize = 4096;

// A gain of less than a fiftieth is not worth anyone's time: such data are
// compressed or random, and a model has nothing to add.
size_t WorthwhileSize(size_t raw_size) { return raw_size - raw_size / 50; }

void Announce(FrameKind kind, const FrameContext& context) {
  if (context.kind != nullptr) *context.kind = kind;
}

// Tries to code `raw` by zstd into fewer bytes than `best` has; replaces it.
Status TryZstd(std::span<const uint8_t> raw, int level,
               const FrameContext& context, size_t limit, CodedFrame* best) {
  std::vector<uint8_t> out;
  bool fits = false;
  LENTIL_RETURN_IF_ERROR(
      ZstdCompress(raw, level, limit, context.cancelled, &out, &fits));
  if (fits) {
    best->header.kind = FrameKind::kZstd;
    best->payload = std::move(out);
  }
  return Status();
}

// Whether samples, and then the whole, resist the fastest zstd, and bytes are
// not close to others nearby either: pictures and sound resist it as well.
Result<bool> IsIncompressible(std::span<const uint8_t> raw,
                              const FrameContext& context) {
  if (raw.size() < kSampleSize) return false;
  std::vector<uint8_t> scratch;
  bool fits = false;
  if (raw.size() > 2 * kSamples * kSampleSize) {
    std::vector<uint8_t> samples;
    for (size_t i = 0; i < kSamples; ++i) {
      const size_t at = (raw.size() - kSampleSize) / (kSamples - 1) * i;
      const auto piece = raw.subspan(at, kSampleSize);
      samples.insert(samples.end(), piece.begin(), piece.end());
    }
    LENTIL_RETURN_IF_ERROR(ZstdCompress(samples, kQuickLevel,
                                        WorthwhileSize(samples.size()),
                                        context.cancelled, &scratch, &fits));
    if (fits) return false;
  }
  LENTIL_RETURN_IF_ERROR(ZstdCompress(raw, kQuickLevel,
                                      WorthwhileSize(raw.size()),
                                      context.cancelled, &scratch, &fits));
  return !fits && !FindPeriod(raw, 1, kLongestField).is_likely();
}

// A model in many lanes has little to add where most is said again: one lane of
// context models then does as well, in a seventh of the time.
bool PreferMixing(uint32_t lanes, size_t raw_size, size_t probe_size) {
  constexpr uint32_t kMany = 5;
  return lanes >= kMany && probe_size <= raw_size / 5;
}

// The model or the context models, unless zstd is far better; then zstd again
// if it may still win.
Status EncodeByPrediction(std::span<const uint8_t> raw,
                          const FrameEncoding& encoding,
                          const FrameContext& context, CodedFrame* frame) {
  CodedFrame probe;
  LENTIL_RETURN_IF_ERROR(
      TryZstd(raw, kProbeLevel, context, raw.size() - 1, &probe));
  const bool zstd_helps = probe.header.kind == FrameKind::kZstd;
  if (zstd_helps && probe.payload.size() <= raw.size() / 64) {
    *frame = std::move(probe);
    return TryZstd(raw, encoding.zstd_level, context, frame->payload.size() - 1,
                   frame);
  }
  size_t best = raw.size();
  std::vector<uint8_t> coded;
  LENTIL_ASSIGN_OR_RETURN(const LayoutChoice choice,
                          ChooseLayout(raw, context));
  const bool with_model =
      encoding.preferred == FrameKind::kModel && choice.is_text &&
      !(zstd_helps &&
        PreferMixing(encoding.limits.lanes, raw.size(), probe.payload.size()));
  const FrameKind kind = with_model ? FrameKind::kModel : FrameKind::kMixing;
  Announce(kind, context);
  LENTIL_RETURN_IF_ERROR(
      with_model ? encoding.coder->Encode(raw, encoding.limits, context, &coded)
                 : EncodeByMixing(raw, choice, encoding.limits.table_bits,
                                  context, &coded));
  if (coded.size() < best) {
    best = coded.size();
    frame->header.kind = kind;
    frame->payload = std::move(coded);
  }
  // The highest levels are up to about a quarter below the probe.
  if (!zstd_helps || probe.payload.size() / 10 * 7 >= best) return Status();
  probe = CodedFrame();  // its memory
  return TryZstd(raw, encoding.zstd_level, context, best - 1, frame);
}

}  // namespace

Status EncodeFrame(std::span<const uint8_t> raw, const FrameEncoding& encoding,
                   const FrameContext& context, CodedFrame* frame) {
  *frame = CodedFrame();
  if (encoding.preferred == FrameKind::kRecords) {
    LENTIL_RETURN_IF_ERROR(
        encoding.coder->Encode(raw, encoding.limits, context, &frame->payload));
    if (frame->payload.size() < raw.size()) {
      frame->header.kind = FrameKind::kRecords;
    } else {
      frame->payload.clear();
    }
  } else if (encoding.preferred != FrameKind::kStored) {
    LENTIL_ASSIGN_OR_RETURN(const bool incompressible,
                            IsIncompressible(raw, context));
    if (!incompressible && encoding.preferred == FrameKind::kZstd) {
      LENTIL_RETURN_IF_ERROR(
          TryZstd(raw, encoding.zstd_level, context, raw.size() - 1, frame));
    } else if (!incompressible) {
      LENTIL_RETURN_IF_ERROR(EncodeByPrediction(raw, encoding, context, frame));
    }
  }
  const std::span<const uint8_t> payload =
      frame->header.kind == FrameKind::kStored
          ? raw
          : std::span<const uint8_t>(frame->payload);
  frame->header.raw_size = static_cast<uint32_t>(raw.size());
  frame->header.payload_size = static_cast<uint32_t>(payload.size());
  frame->header.payload_check = Hash32(payload);
  frame->header.raw_check = Hash32(raw);
  Announce(frame->header.kind, context);
  return Status();
}

uint64_t EncodeFrameMemory(uint64_t raw_size, const FrameEncoding& encoding) {
  if (encoding.preferred == FrameKind::kStored) return 0;
  if (encoding.preferred == FrameKind::kRecords) {
    return encoding.coder->EncodeMemory(raw_size, encoding.limits, 1);
  }
  const uint64_t zstd = ZstdMemory(raw_size, encoding.zstd_level);
  if (encoding.preferred == FrameKind::kZstd) return zstd;
  const uint64_t mixer = MixingMemory(raw_size, encoding.limits.table_bits);
  if (encoding.preferred == FrameKind::kMixing) return std::max(zstd, mixer);
  return std::max({zstd, mixer,
                   encoding.coder->EncodeMemory(raw_size, encoding.limits, 1)});
}

Status DecodeFrame(const FrameHeader& header, std::span<const uint8_t> payload,
                   const FrameCoder* coder, const FrameContext& context,
                   std::span<uint8_t> raw) {
  switch (header.kind) {
    case FrameKind::kStored:
      std::copy(payload.begin(), payload.end(), raw.begin());
      break;
    case FrameKind::kZstd:
      LENTIL_RETURN_IF_ERROR(ZstdDecompress(payload, raw));
      break;
    case FrameKind::kModel:
    case FrameKind::kRecords:
      if (coder == nullptr || coder->kind() != header.kind) {
        return Status(Code::kCorrupt,
                      header.kind == FrameKind::kModel
                          ? "model frame, but no model is named"
                          : "records frame, but no records are named");
      }
      LENTIL_RETURN_IF_ERROR(coder->Decode(payload, context, raw));
      break;
    case FrameKind::kMixing:
      LENTIL_RETURN_IF_ERROR(DecodeLanes(payload, nullptr, context, raw));
      break;
  }
  if (Hash32(raw) != header.raw_check) {
    return Status(Code::kCorrupt, "content checksum mismatch");
  }
  return Status();
}

}  // namespace lentil

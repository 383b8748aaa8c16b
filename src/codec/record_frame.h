// SPDX-License-Identifier: Apache-2.0
// Frames of records: each can be restored without the others.
// docs/format.md, "Records frames", has the bytes.

#ifndef LENTIL_CODEC_RECORD_FRAME_H_
#define LENTIL_CODEC_RECORD_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "codec/record_lanes.h"
#include "format/container.h"
#include "format/record_form.h"

namespace lentil {

// What the head of a payload says.
struct RecordFrameHead {
  static constexpr size_t kMaxBytes = 20;

  RecordForm form = RecordForm::kNone;
  bool open = false;  // the last record has no newline
  uint64_t records = 0;
};

// `payload` may be cut behind kMaxBytes. kCorrupt if it lies.
Result<RecordFrameHead> ParseRecordFrameHead(std::span<const uint8_t> payload);

class RecordFrameCoder final : public FrameCoder {
 public:
  // The predictor has a prior, a model, or both.
  RecordFrameCoder(RecordForm form, RecordPredictor predictor);

  FrameKind kind() const override { return FrameKind::kRecords; }
  uint32_t numerics_version() const override;
  uint64_t model_hash() const override;  // 0 without
  uint64_t EncodeMemory(uint64_t raw_size, const LaneLimits& limits,
                        int threads) const override;
  uint64_t DecodeMemory(uint64_t raw_size, std::span<const uint8_t> payload,
                        int threads) const override;

  RecordForm form() const { return form_; }
  // What a container of such frames says at its start.
  ContainerHeader Header() const;

  // kInvalidArgument if `raw` is not a whole number of records; a line may lack
  // its newline. At most kMaxFrameRecords. `lanes` is ignored.
  Status Encode(std::span<const uint8_t> raw, const LaneLimits& limits,
                const FrameContext& context,
                std::vector<uint8_t>* payload) const override;
  Status Decode(std::span<const uint8_t> payload, const FrameContext& context,
                std::span<uint8_t> raw) const override;

  // `*raw` ← the source bytes, newlines and lengths included, of the records
  // [first, first + count) of a frame; they must be there. Decodes no others.
  Status DecodeSome(std::span<const uint8_t> payload, uint64_t raw_size,
                    size_t first, size_t count, const FrameContext& context,
                    std::vector<uint8_t>* raw) const;
  // As DecodeMemory; `count` records take at least.
  uint64_t DecodeSomeMemory(uint64_t raw_size, size_t count, int threads) const;

 private:
  uint64_t Memory(uint64_t raw_size, uint64_t records, uint64_t coded,
                  int threads) const;
  Status DecodeParsed(const struct ParsedRecords& parsed, size_t first,
                      size_t count, const FrameContext& context,
                      std::span<uint8_t> raw) const;

  RecordForm form_;
  RecordPredictor predictor_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_RECORD_FRAME_H_

// SPDX-License-Identifier: Apache-2.0
// The one symbol loop: a frame coded by a transformer, by experts, or both.
//
// A frame is cut into lanes, contiguous slices that are read side by side; each
// starts afresh. Lanes form groups. A group has its experts and one range-coder
// stream, in which symbols stand in order of position, then lane. Threads share
// out groups, and the model's work within a group. docs/format.md, "Model
// frames and experts frames", has the bytes.

#ifndef LENTIL_CODEC_LANE_FRAME_H_
#define LENTIL_CODEC_LANE_FRAME_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "format/record_form.h"
#include "model/model.h"

namespace lentil {

class Experts;
class RecordPrior;

// Stored with the frame, so an encoder may choose as it likes within the
// limits.
struct LaneParameters {
  static constexpr uint32_t kMaxLanes = 1024;
  static constexpr uint32_t kMaxLanesPerGroup = 32;

  uint32_t lanes = 1;
  uint32_t lanes_per_group = 1;  // the last group may have fewer
  uint32_t table_bits = 0;       // of the experts; 0 = the model alone

  uint32_t groups() const {
    return (lanes + lanes_per_group - 1) / lanes_per_group;
  }
};

// The encoder's choice, of groups of up to `lanes` lanes (kMaxLanesPerGroup at
// most); 0 is for experts alone, which have one lane in each group.
LaneParameters ChooseParameters(uint64_t raw_size, uint32_t lanes);

// Appends parameters and streams. `model` may be null if there are experts.
// kInvalidArgument if the parameters do not fit; lanes ≤ max(1, raw.size()).
Status EncodeLanes(std::span<const uint8_t> raw,
                   const LaneParameters& parameters,
                   const std::shared_ptr<const Model>& model,
                   const FrameContext& context, std::vector<uint8_t>* payload);

// Fills `raw`. kCorrupt if the payload lies.
Status DecodeLanes(std::span<const uint8_t> payload,
                   const std::shared_ptr<const Model>& model,
                   const FrameContext& context, std::span<uint8_t> raw);

// One lane of the model alone, as a stream without parameters.
Status EncodeOneLane(std::span<const uint8_t> raw,
                     const std::shared_ptr<const Model>& model,
                     std::vector<uint8_t>* stream);
Status DecodeOneLane(std::span<const uint8_t> stream,
                     const std::shared_ptr<const Model>& model,
                     std::span<uint8_t> raw);

// What records are coded by: the experts of a prior, with its model if it has
// one, or without a prior the model alone.
struct RecordPredictor {
  std::shared_ptr<const RecordPrior> prior;
  std::shared_ptr<const Model> model;  // the prior's, if there is one
};

// Records in lockstep: below, a step of a decoder waits for the weights; more
// cost a copy of the experts each.
inline constexpr size_t kRecordLanes = 4;

// Records side by side, each from the same state and in a stream of its own:
// what becomes of one depends on no other. `places` in `raw`; streams[i]
// belongs to places[i].
Status EncodeRecords(std::span<const uint8_t> raw,
                     std::span<const RecordPlace> places,
                     const RecordPredictor& predictor,
                     const FrameContext& context,
                     std::span<std::vector<uint8_t>> streams);
Status DecodeRecords(std::span<const std::span<const uint8_t>> streams,
                     std::span<const RecordPlace> places,
                     const RecordPredictor& predictor,
                     const FrameContext& context, std::span<uint8_t> raw);

// The experts, whose lane 0 has begun this record of `text`, learn it.
Status TeachLane(std::span<const uint8_t> text, const RecordPlace& record,
                 const std::shared_ptr<const Model>& model, Experts* experts);

// Bytes needed on `threads` threads for any parameters, on top of raw and
// payload. `model` may be null.
uint64_t LaneMemory(const Model* model, uint64_t raw_size, int threads);

}  // namespace lentil

#endif  // LENTIL_CODEC_LANE_FRAME_H_

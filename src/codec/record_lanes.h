// SPDX-License-Identifier: Apache-2.0
// Pieces that are coded each by itself: a lane and a stream of its own.

#ifndef LENTIL_CODEC_RECORD_LANES_H_
#define LENTIL_CODEC_RECORD_LANES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "format/record_form.h"
#include "model/model.h"

namespace lentil {

class ContextMixer;
class RecordPrior;

// One lane of the model alone, as a stream without parameters.
Status EncodeOneLane(std::span<const uint8_t> raw,
                     const std::shared_ptr<const Model>& model,
                     std::vector<uint8_t>* stream);
Status DecodeOneLane(std::span<const uint8_t> stream,
                     const std::shared_ptr<const Model>& model,
                     std::span<uint8_t> raw);

// What records are coded by: the context models of a prior, with its model if
// it has one, or without a prior the model alone.
struct RecordPredictor {
  std::shared_ptr<const RecordPrior> prior;
  std::shared_ptr<const Model> model;  // the prior's, if there is one
};

// Records in lockstep: below, a step of a decoder waits for the weights; more
// cost a copy of the context models each.
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

// The context models, whose lane 0 has begun this record of `text`, learn it.
Status TeachLane(std::span<const uint8_t> text, const RecordPlace& record,
                 const std::shared_ptr<const Model>& model,
                 ContextMixer* mixer);

}  // namespace lentil

#endif  // LENTIL_CODEC_RECORD_LANES_H_

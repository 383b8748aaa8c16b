// SPDX-License-Identifier: Apache-2.0
// Frames coded by a transformer, by context models, or both.
//
// A frame is cut into lanes (codec/lane_split.h) that are read side by side;
// each starts afresh. Lanes form groups. A group has its context models and one
// range-coder stream, in which symbols stand in order of position, then lane.
// Threads share out groups, and the model's work within a group.
// docs/format.md, "Model frames and mixing frames", has the bytes.

#ifndef LENTIL_CODEC_LANE_FRAME_H_
#define LENTIL_CODEC_LANE_FRAME_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "codec/lane_parameters.h"
#include "model/model.h"

namespace lentil {

// Appends parameters and streams. `model` may be null if there are context
// models. kInvalidArgument if the parameters do not fit; lanes ≤ max(1,
// raw.size()).
Status EncodeLanes(std::span<const uint8_t> raw,
                   const LaneParameters& parameters,
                   const std::shared_ptr<const Model>& model,
                   const FrameContext& context, std::vector<uint8_t>* payload);

// Fills `raw`. kCorrupt if the payload lies.
Status DecodeLanes(std::span<const uint8_t> payload,
                   const std::shared_ptr<const Model>& model,
                   const FrameContext& context, std::span<uint8_t> raw);

// Bytes needed on `threads` threads on top of raw and payload. `model` may be
// null.
uint64_t LaneMemory(const LaneParameters& parameters, const Model* model,
                    uint64_t raw_size, int threads);

// The parameters at the head of a payload; of what is none, or not there yet,
// those that need the least memory.
LaneParameters PeekParameters(std::span<const uint8_t> payload,
                              size_t raw_size);

}  // namespace lentil

#endif  // LENTIL_CODEC_LANE_FRAME_H_

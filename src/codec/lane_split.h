// SPDX-License-Identifier: Apache-2.0
// Which bytes of a frame each lane codes.
//
// A group's part of the frame is cut into sections, and each section into as
// many slices as the group has lanes: the i-th lane codes the i-th slice of
// every section, one after the other. So what the group has learnt is never far
// from where its lanes read. docs/format.md, "Model frames and mixing frames".

#ifndef LENTIL_CODEC_LANE_SPLIT_H_
#define LENTIL_CODEC_LANE_SPLIT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/group_model.h"
#include "codec/lane_parameters.h"

namespace lentil {

// Of a frame's bytes in order of lane: lane 0's, then lane 1's …. Longer lanes
// come first in a group.
std::vector<Lane> SplitLanes(size_t raw_size, const LaneParameters& parameters);

// Whether that is the frame's own order.
bool IsInLaneOrder(size_t raw_size, const LaneParameters& parameters);

// From the frame's order, and back. Sizes agree; nothing overlaps.
void ToLaneOrder(std::span<const uint8_t> raw, const LaneParameters& parameters,
                 std::span<uint8_t> in_lane_order);
void FromLaneOrder(std::span<const uint8_t> in_lane_order,
                   const LaneParameters& parameters, std::span<uint8_t> raw);

}  // namespace lentil

#endif  // LENTIL_CODEC_LANE_SPLIT_H_

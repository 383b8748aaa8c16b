// SPDX-License-Identifier: Apache-2.0
#include "codec/lane_split.h"

#include <algorithm>
#include <cassert>

namespace lentil {
namespace {

// Of a group that codes `size` bytes.
size_t NumSections(size_t size, const LaneParameters& parameters) {
  if (parameters.section_bits == 0) return 1;
  return std::max<size_t>(1, size >> parameters.section_bits);
}

// The first byte of part `index`, of `parts` equal ones of `size` bytes; but
// the first few may be one byte longer.
size_t PartBegin(size_t size, size_t index, size_t parts) {
  return size / parts * index + std::min(size % parts, index);
}

// Calls piece(lane, place in the frame, place in lane order, size) for each
// slice, in lane order.
template <class Piece>
void ForEachPiece(size_t raw_size, const LaneParameters& parameters,
                  const Piece& piece) {
  const uint32_t lanes = parameters.lanes;
  size_t at = 0;
  for (uint32_t first = 0; first < lanes; first += parameters.lanes_per_group) {
    const uint32_t last = std::min(lanes, first + parameters.lanes_per_group);
    const size_t begin = PartBegin(raw_size, first, lanes);
    const size_t size = PartBegin(raw_size, last, lanes) - begin;
    const size_t sections = NumSections(size, parameters);
    for (uint32_t lane = first; lane < last; ++lane) {
      for (size_t i = 0; i < sections; ++i) {
        const size_t section = PartBegin(size, i, sections);
        const size_t section_size = PartBegin(size, i + 1, sections) - section;
        const size_t slice =
            PartBegin(section_size, lane - first, last - first);
        const size_t slice_end =
            PartBegin(section_size, lane - first + 1, last - first);
        piece(lane, begin + section + slice, at, slice_end - slice);
        at += slice_end - slice;
      }
    }
  }
}

}  // namespace

std::vector<Lane> SplitLanes(size_t raw_size,
                             const LaneParameters& parameters) {
  std::vector<Lane> lanes(parameters.lanes);
  ForEachPiece(raw_size, parameters,
               [&](uint32_t lane, size_t /*from*/, size_t at, size_t size) {
                 if (lanes[lane].size == 0) lanes[lane].begin = at;
                 lanes[lane].size += static_cast<uint32_t>(size);
               });
  return lanes;
}

bool IsInLaneOrder(size_t raw_size, const LaneParameters& parameters) {
  const uint32_t most = std::min(parameters.lanes, parameters.lanes_per_group);
  const size_t longest_group = PartBegin(raw_size, most, parameters.lanes);
  return most == 1 || NumSections(longest_group, parameters) == 1;
}

void ToLaneOrder(std::span<const uint8_t> raw, const LaneParameters& parameters,
                 std::span<uint8_t> in_lane_order) {
  assert(raw.size() == in_lane_order.size());
  ForEachPiece(raw.size(), parameters,
               [&](uint32_t /*lane*/, size_t from, size_t to, size_t size) {
                 std::copy_n(raw.data() + from, size,
                             in_lane_order.data() + to);
               });
}

void FromLaneOrder(std::span<const uint8_t> in_lane_order,
                   const LaneParameters& parameters, std::span<uint8_t> raw) {
  assert(raw.size() == in_lane_order.size());
  ForEachPiece(raw.size(), parameters,
               [&](uint32_t /*lane*/, size_t to, size_t from, size_t size) {
                 std::copy_n(in_lane_order.data() + from, size,
                             raw.data() + to);
               });
}

}  // namespace lentil

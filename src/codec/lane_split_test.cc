// SPDX-License-Identifier: Apache-2.0

#include "codec/lane_split.h"

#include <gtest/gtest.h>

namespace lentil {
namespace {

LaneParameters Parameters(uint32_t lanes, uint32_t section_bits,
                          uint32_t groups = 1) {
  return {.lanes = lanes,
          .lanes_per_group = (lanes + groups - 1) / groups,
          .section_bits = section_bits};
}

std::vector<uint8_t> Numbered(size_t size) {
  std::vector<uint8_t> raw(size);
  for (size_t i = 0; i < size; ++i) {
    raw[i] = static_cast<uint8_t>(static_cast<uint32_t>(i) * 0x9E3779B1u >> 24);
  }
  return raw;
}

TEST(LaneSplit, OneSectionIsTheFrameInOrder) {
  const LaneParameters whole = Parameters(3, 0);
  EXPECT_TRUE(IsInLaneOrder(10, whole));
  const std::vector<Lane> lanes = SplitLanes(10, whole);
  ASSERT_EQ(lanes.size(), 3u);
  EXPECT_EQ(lanes[0].size, 4u);
  EXPECT_EQ(lanes[1].begin, 4u);
  EXPECT_EQ(lanes[2].begin, 7u);
  EXPECT_EQ(lanes[2].size, 3u);
  EXPECT_TRUE(IsInLaneOrder(8191, Parameters(3, 12)));
  EXPECT_FALSE(IsInLaneOrder(8192, Parameters(3, 12)));
  // A group with room for more lanes than there are.
  const LaneParameters roomy = {
      .lanes = 2, .lanes_per_group = 32, .section_bits = 12};
  EXPECT_TRUE(IsInLaneOrder(8191, roomy));
  EXPECT_FALSE(IsInLaneOrder(8192, roomy));
}

// Two sections of 4098 and 4097 bytes in two lanes.
TEST(LaneSplit, LanesTakeASliceOfEachSection) {
  const std::vector<uint8_t> raw = Numbered(8195);
  const LaneParameters parameters = Parameters(2, 12);
  const std::vector<Lane> lanes = SplitLanes(raw.size(), parameters);
  EXPECT_EQ(lanes[0].size, 2049u + 2049);
  EXPECT_EQ(lanes[1].size, 2049u + 2048);
  std::vector<uint8_t> in_lane_order(raw.size());
  ToLaneOrder(raw, parameters, in_lane_order);
  EXPECT_EQ(in_lane_order[2048], raw[2048]);
  EXPECT_EQ(in_lane_order[2049], raw[4098]);
  EXPECT_EQ(in_lane_order[lanes[1].begin], raw[2049]);
  EXPECT_EQ(in_lane_order.back(), raw.back());
}

TEST(LaneSplit, GroupsHavePartsOfTheFrame) {
  const std::vector<uint8_t> raw = Numbered(16384);
  const LaneParameters parameters = Parameters(4, 12, 2);
  std::vector<uint8_t> in_lane_order(raw.size());
  ToLaneOrder(raw, parameters, in_lane_order);
  const std::vector<Lane> lanes = SplitLanes(raw.size(), parameters);
  EXPECT_EQ(lanes[2].begin, 8192u);
  EXPECT_EQ(in_lane_order[2048], raw[4096]);
  EXPECT_EQ(in_lane_order[8192 + 2048], raw[8192 + 4096]);
}

TEST(LaneSplit, NothingIsLostAndLongerLanesComeFirst) {
  for (const size_t size : {4096, 8192, 30011, 100000}) {
    for (const LaneParameters& parameters :
         {Parameters(2, 0), Parameters(2, 12), Parameters(3, 12),
          Parameters(16, 13), Parameters(1024, 12), Parameters(16, 31),
          Parameters(7, 12, 3), Parameters(1024, 12, 40)}) {
      const std::vector<uint8_t> raw = Numbered(size);
      std::vector<uint8_t> in_lane_order(size);
      std::vector<uint8_t> back(size);
      ToLaneOrder(raw, parameters, in_lane_order);
      FromLaneOrder(in_lane_order, parameters, back);
      EXPECT_EQ(back, raw) << size << ' ' << parameters.lanes;
      EXPECT_EQ(in_lane_order == raw, IsInLaneOrder(size, parameters));
      size_t end = 0;
      std::vector<uint32_t> sizes;
      for (const Lane& lane : SplitLanes(size, parameters)) {
        EXPECT_EQ(lane.begin, end);
        EXPECT_GE(lane.size, 1u);
        const bool is_first = sizes.size() % parameters.lanes_per_group == 0;
        EXPECT_TRUE(is_first || lane.size <= sizes.back());
        end += lane.size;
        sizes.push_back(lane.size);
      }
      EXPECT_EQ(end, size);
    }
  }
}

}  // namespace
}  // namespace lentil

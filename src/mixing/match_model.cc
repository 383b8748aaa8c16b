// SPDX-License-Identifier: Apache-2.0
#include "mixing/match_model.h"

#include <algorithm>
#include <cassert>

namespace lentil {
namespace {

constexpr uint32_t kMaxCompared = 32;

uint64_t LastBytes(const LaneText& lane) {
  uint64_t bytes = 0;
  for (uint32_t i = 1; i <= MatchModel::kMinMatch; ++i) {
    bytes = bytes << 8 | lane.text[lane.size - i];
  }
  return bytes;
}

}  // namespace

MatchModel::MatchModel(uint32_t lanes, int bits)
    : shift_(64 - bits),
      latest_(size_t{1} << bits),
      latest_in_lane_(size_t{1} << bits),
      match_(lanes) {
  assert(lanes <= 32);
}

// Equal bytes before two places.
uint32_t MatchModel::CommonLength(const LaneText& a, uint32_t a_end,
                                  const LaneText& b, uint32_t b_end) {
  const uint32_t most = std::min({a_end, b_end, kMaxCompared});
  uint32_t n = 0;
  while (n < most && a.text[a_end - 1 - n] == b.text[b_end - 1 - n]) ++n;
  return n;
}

int MatchModel::Find(const std::vector<LaneText>& lanes, uint32_t lane,
                     Journal* journal) {
  const LaneText& own = lanes[lane];
  Match& match = match_[lane];
  if (journal != nullptr) journal->Keep(&match);
  // What would follow may not be known yet.
  if (match.length > 0 && match.next.position >= lanes[match.next.lane].size) {
    match.length = 0;
  }
  const uint32_t in_record = own.size - own.begin;
  if (in_record >= kMinMatch) {
    const uint64_t bytes = LastBytes(own);
    TextPlace& any = latest_[bytes * 0x9E3779B97F4A7C15u >> shift_];
    uint32_t& here = latest_in_lane_[(bytes + lane * 0xA0761D6478BD642Fu) *
                                         0x9E3779B97F4A7C15u >>
                                     shift_];
    if (match.length == 0) {
      for (const TextPlace& place :
           {TextPlace{.lane = lane, .position = here}, any}) {
        const LaneText& other = lanes[place.lane];
        if (place.position == 0 || place.position >= other.size) continue;
        const uint32_t length = std::min(
            in_record, CommonLength(own, own.size, other, place.position));
        if (length < kMinMatch) continue;
        match = {place, length};
        break;
      }
    }
    if (journal != nullptr) {
      journal->Keep(&here);
      journal->Keep(&any);
    }
    here = own.size;
    any = {.lane = lane, .position = own.size};
  }
  if (match.length == 0) return -1;
  return lanes[match.next.lane].text[match.next.position];
}

void MatchModel::Advance(uint32_t lane) {
  Match& match = match_[lane];
  if (match.length == 0) return;
  ++match.next.position;
  match.length = std::min(match.length + 1, kMaxLength);
}

}  // namespace lentil

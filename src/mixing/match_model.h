// SPDX-License-Identifier: Apache-2.0
// The longest repeat that a lane is in: predicts the byte that followed before.

#ifndef LENTIL_MIXING_MATCH_MODEL_H_
#define LENTIL_MIXING_MATCH_MODEL_H_

#include <cstdint>
#include <vector>

#include "kernels/aligned.h"
#include "mixing/journal.h"

namespace lentil {

// A place in the text of a lane, in four bytes: tables of them are large.
struct TextPlace {
  static constexpr int kPositionBits = 27;

  uint32_t lane : 32 - kPositionBits = 0;
  uint32_t position : kPositionBits = 0;
};

// Text of the lanes; the first `size` bytes of each are known.
struct LaneText {
  const uint8_t* text = nullptr;
  uint32_t size = 0;
  uint32_t begin = 0;  // of the record at work; matches begin behind it
};

// Finds earlier places by a hash of the last kMinMatch bytes: the latest of the
// lane itself, else the latest of any lane.
class MatchModel {
 public:
  static constexpr uint32_t kMinMatch = 8;
  static constexpr uint32_t kMaxLength = 65535;

  // At most 32 lanes of less than 2^27 bytes.
  MatchModel(uint32_t lanes, int bits);

  // Call before each byte of a lane. Returns the predicted byte, or −1.
  // What changes is noted in `journal`, if there is one.
  int Find(const std::vector<LaneText>& lanes, uint32_t lane,
           Journal* journal = nullptr);

  // Bytes that the current match of the lane has been right for.
  uint32_t length(uint32_t lane) const { return match_[lane].length; }

  // The prediction of this byte was wrong.
  void Fail(uint32_t lane) { match_[lane].length = 0; }

  // Call after each byte: a match that still stands goes on.
  void Advance(uint32_t lane);

 private:
  struct Match {
    TextPlace next;
    uint32_t length = 0;  // 0 = none
  };

  static uint32_t CommonLength(const LaneText& a, uint32_t a_end,
                               const LaneText& b, uint32_t b_end);

  int shift_;
  AlignedArray<TextPlace> latest_;         // of any lane
  AlignedArray<uint32_t> latest_in_lane_;  // by a hash of lane and bytes
  std::vector<Match> match_;
};

}  // namespace lentil

#endif  // LENTIL_MIXING_MATCH_MODEL_H_

// SPDX-License-Identifier: Apache-2.0
// How a frame is cut into lanes and groups, and what its context models are.

#ifndef LENTIL_CODEC_LANE_PARAMETERS_H_
#define LENTIL_CODEC_LANE_PARAMETERS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "mixing/layout.h"

namespace lentil {

// Stored with the frame, so an encoder may choose as it likes within the
// limits.
struct LaneParameters {
  static constexpr uint32_t kMaxLanes = 1024;
  static constexpr uint32_t kMaxLanesPerGroup = 32;
  static constexpr uint32_t kMinSectionBits = 12;
  static constexpr uint32_t kMaxSectionBits = 31;

  uint32_t lanes = 1;
  uint32_t lanes_per_group = 1;  // the last group may have fewer
  uint32_t table_bits = 0;       // of the context models; 0 = the model alone
  Layout layout = {};            // for the context models
  bool x86_calls = false;  // coded with absolute targets, data/x86_calls.h
  // A group shares out sections of about 2^bits bytes (codec/lane_split.h); 0 =
  // its whole part of the frame.
  uint32_t section_bits = 0;

  uint32_t groups() const {
    return (lanes + lanes_per_group - 1) / lanes_per_group;
  }
};

// The encoder's choice: one group, whose context models see the whole frame.
LaneParameters ChooseParameters(uint64_t raw_size, const LaneLimits& limits);

// Whether a frame of `raw_size` bytes may have them, with a model or without.
bool IsAllowed(const LaneParameters& parameters, size_t raw_size,
               bool has_model);

// docs/format.md, "Model frames and mixing frames".
void AppendParameters(const LaneParameters& parameters,
                      std::vector<uint8_t>* payload);

// Reads what stands at payload[*at …] and moves *at behind it. kCorrupt if
// nothing is coded so; IsAllowed is the caller's to ask.
Result<LaneParameters> ReadParameters(std::span<const uint8_t> payload,
                                      size_t* at);

}  // namespace lentil

#endif  // LENTIL_CODEC_LANE_PARAMETERS_H_

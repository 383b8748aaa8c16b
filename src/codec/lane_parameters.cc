// SPDX-License-Identifier: Apache-2.0
#include "codec/lane_parameters.h"

#include <algorithm>
#include <bit>

#include "base/endian.h"
#include "format/container.h"
#include "mixing/context_mixer.h"

namespace lentil {
namespace {

// table bits | kind << 5 | calls << 7 | has sections << 8
constexpr int kKindShift = 5;
constexpr int kCallsShift = 7;
constexpr int kSectionsShift = 8;
constexpr uint64_t kMixingLimit = 1u << (kSectionsShift + 1);

bool AreLanesAllowed(const LaneParameters& parameters, size_t raw_size) {
  const auto is_within = [](uint32_t value, size_t least, size_t most) {
    return value >= least && value <= most;
  };
  return is_within(parameters.lanes, 1,
                   std::min<size_t>(LaneParameters::kMaxLanes,
                                    std::max<size_t>(1, raw_size))) &&
         is_within(parameters.lanes_per_group, 1,
                   LaneParameters::kMaxLanesPerGroup) &&
         (parameters.section_bits == 0 ||
          (parameters.lanes > 1 &&
           is_within(parameters.section_bits, LaneParameters::kMinSectionBits,
                     LaneParameters::kMaxSectionBits)));
}

// Tables beyond this would stay empty: a small frame cannot ask for much
// memory.
int MostTableBits(uint64_t raw_size) {
  return std::clamp(static_cast<int>(std::bit_width(raw_size)) + 2,
                    ContextMixer::kMinTableBits, ContextMixer::kMaxTableBits);
}

bool IsMixingAllowed(const LaneParameters& parameters, size_t raw_size,
                     bool has_model) {
  const Layout& layout = parameters.layout;
  const bool is_text = layout.kind == Layout::Kind::kText;
  if (parameters.table_bits == 0) return has_model && is_text;
  return parameters.table_bits >= ContextMixer::kMinTableBits &&
         parameters.table_bits <=
             static_cast<uint32_t>(MostTableBits(raw_size)) &&
         (is_text ? layout.period == 0
                  : layout.period >= 1 && layout.period <= Layout::kMaxPeriod);
}

}  // namespace

LaneParameters ChooseParameters(uint64_t raw_size, const LaneLimits& limits) {
  constexpr uint64_t kLaneBytes = 16u << 10;
  // Small enough that what stands shortly before a lane's text is known, large
  // enough that it does not break off too often.
  constexpr uint32_t kSectionBits = 16;
  LaneParameters chosen;
  chosen.lanes = static_cast<uint32_t>(std::clamp<uint64_t>(
      raw_size / kLaneBytes, 1,
      std::clamp<uint32_t>(limits.lanes, 1,
                           LaneParameters::kMaxLanesPerGroup)));
  chosen.lanes_per_group = chosen.lanes;
  if (chosen.lanes > 1) chosen.section_bits = kSectionBits;
  chosen.table_bits = static_cast<uint32_t>(
      std::min(MostTableBits(raw_size), limits.table_bits));
  return chosen;
}

bool IsAllowed(const LaneParameters& parameters, size_t raw_size,
               bool has_model) {
  return raw_size <= kMaxFrameSize && AreLanesAllowed(parameters, raw_size) &&
         IsMixingAllowed(parameters, raw_size, has_model);
}

void AppendParameters(const LaneParameters& parameters,
                      std::vector<uint8_t>* payload) {
  const Layout& layout = parameters.layout;
  AppendVarint(parameters.lanes, payload);
  AppendVarint(parameters.lanes_per_group, payload);
  AppendVarint(parameters.table_bits |
                   static_cast<uint64_t>(layout.kind) << kKindShift |
                   uint64_t{parameters.x86_calls} << kCallsShift |
                   uint64_t{parameters.section_bits != 0} << kSectionsShift,
               payload);
  if (layout.kind != Layout::Kind::kText) AppendVarint(layout.period, payload);
  if (parameters.section_bits != 0) {
    AppendVarint(parameters.section_bits, payload);
  }
}

Result<LaneParameters> ReadParameters(std::span<const uint8_t> payload,
                                      size_t* at) {
  bool ok = true;
  const auto read = [&](uint64_t limit) {
    uint64_t value = 0;
    ok = ok && ReadVarint(payload, at, &value) == VarintResult::kOk &&
         value <= limit;
    return ok ? static_cast<uint32_t>(value) : 0;
  };
  LaneParameters parameters;
  parameters.lanes = read(UINT32_MAX);
  parameters.lanes_per_group = read(UINT32_MAX);
  const uint32_t mixer = read(kMixingLimit - 1);
  const uint32_t kind = mixer >> kKindShift & 3;
  parameters.table_bits = mixer & ((1u << kKindShift) - 1);
  parameters.x86_calls = (mixer >> kCallsShift & 1) != 0;
  parameters.layout.kind = static_cast<Layout::Kind>(kind);
  if (kind != 0) parameters.layout.period = read(Layout::kMaxPeriod);
  if ((mixer >> kSectionsShift & 1) != 0) {
    parameters.section_bits = read(LaneParameters::kMaxSectionBits);
    ok = ok && parameters.section_bits >= LaneParameters::kMinSectionBits;
  }
  if (ok && kind <= static_cast<uint32_t>(Layout::Kind::kSamples)) {
    return parameters;
  }
  return Status(Code::kCorrupt, "frame: bad parameters");
}

}  // namespace lentil

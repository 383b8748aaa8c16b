// SPDX-License-Identifier: Apache-2.0
#include "codec/lane_parameters.h"

#include <algorithm>
#include <bit>

#include "base/endian.h"
#include "experts/experts.h"

namespace lentil {
namespace {

// table bits | kind << 5 | calls << 7
constexpr int kKindShift = 5;
constexpr int kCallsShift = 7;
constexpr uint64_t kExpertsLimit = 1u << (kCallsShift + 1);

}  // namespace

LaneParameters ChooseParameters(uint64_t raw_size, uint32_t lanes) {
  constexpr uint64_t kLaneBytes = 16u << 10;
  constexpr uint64_t kGroupBytes = 3u << 19;  // enough for its experts to learn
  constexpr uint64_t kMostGroups = 32;
  constexpr int kMostTableBits = 19;
  const uint64_t groups =
      std::clamp<uint64_t>(raw_size / kGroupBytes, 1, kMostGroups);
  const uint64_t group_bytes = raw_size / groups;
  const uint64_t most =
      std::clamp<uint32_t>(lanes, 1, LaneParameters::kMaxLanesPerGroup);
  const uint64_t per_group =
      std::clamp<uint64_t>(group_bytes / kLaneBytes, 1, most);
  const int table_bits =
      std::clamp(static_cast<int>(std::bit_width(group_bytes)) + 2,
                 Experts::kMinTableBits, kMostTableBits);
  return {static_cast<uint32_t>(groups * per_group),
          static_cast<uint32_t>(per_group), static_cast<uint32_t>(table_bits)};
}

bool IsAllowed(const LaneParameters& parameters, size_t raw_size,
               bool has_model) {
  const Layout& layout = parameters.layout;
  const bool is_text = layout.kind == Layout::Kind::kText;
  return parameters.lanes >= 1 &&
         parameters.lanes <= LaneParameters::kMaxLanes &&
         parameters.lanes <= std::max<size_t>(1, raw_size) &&
         parameters.lanes_per_group >= 1 &&
         parameters.lanes_per_group <= LaneParameters::kMaxLanesPerGroup &&
         ((parameters.table_bits == 0 && has_model && is_text) ||
          (parameters.table_bits >= Experts::kMinTableBits &&
           parameters.table_bits <= Experts::kMaxTableBits)) &&
         (is_text
              ? layout.period == 0
              : layout.period >= 1 && layout.period <= Layout::kMaxPeriod) &&
         raw_size <= UINT32_MAX;
}

void AppendParameters(const LaneParameters& parameters,
                      std::vector<uint8_t>* payload) {
  const Layout& layout = parameters.layout;
  AppendVarint(parameters.lanes, payload);
  AppendVarint(parameters.lanes_per_group, payload);
  AppendVarint(parameters.table_bits |
                   static_cast<uint64_t>(layout.kind) << kKindShift |
                   uint64_t{parameters.x86_calls} << kCallsShift,
               payload);
  if (layout.kind != Layout::Kind::kText) AppendVarint(layout.period, payload);
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
  const uint32_t experts = read(kExpertsLimit - 1);
  const uint32_t kind = experts >> kKindShift & 3;
  parameters.table_bits = experts & ((1u << kKindShift) - 1);
  parameters.x86_calls = (experts >> kCallsShift & 1) != 0;
  parameters.layout.kind = static_cast<Layout::Kind>(kind);
  if (kind != 0) parameters.layout.period = read(Layout::kMaxPeriod);
  if (ok && kind <= static_cast<uint32_t>(Layout::Kind::kSamples)) {
    return parameters;
  }
  return Status(Code::kCorrupt, "frame: bad parameters");
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
#include "codec/lane_frame.h"

#include <algorithm>
#include <string>

#include "base/endian.h"
#include "codec/group_tasks.h"
#include "codec/lane_split.h"
#include "codec/symbol_loop-inl.h"
#include "data/x86_calls.h"
#include "format/size_bound.h"
#include "model/decoder.h"

namespace lentil {
namespace {

Status Corrupt(const char* what) {
  return {Code::kCorrupt, std::string("frame: ") + what};
}

std::span<const Lane> GroupLanes(const std::vector<Lane>& lanes,
                                 const LaneParameters& parameters,
                                 size_t group) {
  const size_t begin = group * parameters.lanes_per_group;
  const size_t count =
      std::min<size_t>(parameters.lanes_per_group, lanes.size() - begin);
  return std::span(lanes).subspan(begin, count);
}

// The parameters in front of a frame's streams.
struct ParsedPayload {
  LaneParameters parameters;
  std::vector<std::span<const uint8_t>> streams;  // one per group
};

Result<ParsedPayload> ParsePayload(std::span<const uint8_t> payload,
                                   size_t raw_size, bool has_model) {
  size_t at = 0;
  ParsedPayload parsed;
  LENTIL_ASSIGN_OR_RETURN(parsed.parameters, ReadParameters(payload, &at));
  if (!IsAllowed(parsed.parameters, raw_size, has_model))
    return Corrupt("bad parameters");
  std::vector<uint64_t> sizes(parsed.parameters.groups());
  uint64_t before_last = 0;
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    if (ReadVarint(payload, &at, &sizes[i]) != VarintResult::kOk ||
        sizes[i] > payload.size()) {
      return Corrupt("bad stream size");
    }
    before_last += sizes[i];
  }
  if (before_last > payload.size() - at) return Corrupt("bad stream size");
  sizes.back() = payload.size() - at - before_last;
  for (uint64_t size : sizes) {
    parsed.streams.push_back(payload.subspan(at, size));
    at += size;
  }
  return parsed;
}

// kCorrupt if a group has more symbols than its stream can hold.
Status CheckStreams(const ParsedPayload& parsed,
                    const std::vector<Lane>& lanes) {
  const bool has_mixing = parsed.parameters.table_bits > 0;
  for (size_t group = 0; group < parsed.streams.size(); ++group) {
    uint64_t symbols = 0;
    for (const Lane& lane : GroupLanes(lanes, parsed.parameters, group)) {
      symbols += lane.size;
    }
    const uint64_t bytes = parsed.streams[group].size();
    if (!(has_mixing ? HoldsMixedBytes(bytes, symbols)
                     : HoldsModelBytes(bytes, symbols))) {
      return Corrupt("a stream is too short for its lanes");
    }
  }
  return Status();
}

}  // namespace

Status EncodeLanes(std::span<const uint8_t> raw,
                   const LaneParameters& parameters,
                   const std::shared_ptr<const Model>& model,
                   const FrameContext& context, std::vector<uint8_t>* payload) {
  if (!IsAllowed(parameters, raw.size(), model != nullptr)) {
    return {Code::kInvalidArgument, "the parameters do not fit the frame"};
  }
  std::vector<uint8_t> absolute;
  if (parameters.x86_calls) {
    absolute.assign(raw.begin(), raw.end());
    AbsoluteX86Calls(absolute);
    raw = absolute;
  }
  std::vector<uint8_t> in_lane_order;
  if (!IsInLaneOrder(raw.size(), parameters)) {
    in_lane_order.resize(raw.size());
    ToLaneOrder(raw, parameters, in_lane_order);
    raw = in_lane_order;
  }
  const std::vector<Lane> lanes = SplitLanes(raw.size(), parameters);
  std::vector<std::vector<uint8_t>> streams(parameters.groups());
  const auto encode = [&](size_t group, const FrameContext& watched) {
    SymbolEncoder symbols(raw, &streams[group]);
    return CodeGroup(model, GroupLanes(lanes, parameters, group), parameters,
                     watched, symbols);
  };
  LENTIL_RETURN_IF_ERROR(RunGroups(streams.size(), context, encode));
  AppendParameters(parameters, payload);
  for (size_t i = 0; i + 1 < streams.size(); ++i) {
    AppendVarint(streams[i].size(), payload);
  }
  for (const std::vector<uint8_t>& stream : streams) {
    payload->insert(payload->end(), stream.begin(), stream.end());
  }
  return Status();
}

Status DecodeLanes(std::span<const uint8_t> payload,
                   const std::shared_ptr<const Model>& model,
                   const FrameContext& context, std::span<uint8_t> raw) {
  LENTIL_ASSIGN_OR_RETURN(const ParsedPayload parsed,
                          ParsePayload(payload, raw.size(), model != nullptr));
  const LaneParameters& parameters = parsed.parameters;
  const std::vector<Lane> lanes = SplitLanes(raw.size(), parameters);
  LENTIL_RETURN_IF_ERROR(CheckStreams(parsed, lanes));
  std::vector<uint8_t> in_lane_order;
  std::span<uint8_t> decoded = raw;
  if (!IsInLaneOrder(raw.size(), parameters)) {
    in_lane_order.resize(raw.size());
    decoded = in_lane_order;
  }
  const auto decode = [&](size_t group, const FrameContext& watched) {
    SymbolDecoder symbols(decoded, parsed.streams[group]);
    return CodeGroup(model, GroupLanes(lanes, parameters, group), parameters,
                     watched, symbols);
  };
  LENTIL_RETURN_IF_ERROR(RunGroups(parsed.streams.size(), context, decode));
  if (!in_lane_order.empty()) FromLaneOrder(in_lane_order, parameters, raw);
  if (parameters.x86_calls) RelativeX86Calls(raw);
  return Status();
}

uint64_t LaneMemory(const LaneParameters& parameters, const Model* model,
                    uint64_t raw_size, int threads) {
  uint64_t group = 0;
  if (parameters.table_bits > 0) {
    group += ContextMixer::MemoryBytes(static_cast<int>(parameters.table_bits));
  }
  if (model != nullptr) {
    group +=
        Decoder::MemoryBytes(*model, parameters.lanes_per_group, kEncodeRows) +
        2 * kEncodeRows * (sizeof(FrequencyTable) + sizeof(DecoderRow));
  }
  const uint64_t groups =
      std::min<uint64_t>(parameters.groups(), std::max(threads, 1));
  const uint64_t streams = raw_size + raw_size / 2;
  const bool is_copied =
      parameters.x86_calls || !IsInLaneOrder(raw_size, parameters);
  return groups * group + streams + (is_copied ? raw_size : 0);
}

LaneParameters PeekParameters(std::span<const uint8_t> payload,
                              size_t raw_size) {
  size_t at = 0;
  const auto parameters = ReadParameters(payload, &at);
  const bool is_one =
      parameters.ok() && IsAllowed(*parameters, raw_size, /*has_model=*/true);
  return is_one ? *parameters : LaneParameters();
}

}  // namespace lentil

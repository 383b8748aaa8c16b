// SPDX-License-Identifier: Apache-2.0
#include "codec/lane_frame.h"

#include <algorithm>
#include <string>

#include "base/endian.h"
#include "codec/symbol_loop-inl.h"
#include "data/x86_calls.h"
#include "model/decoder.h"

namespace lentil {
namespace {

Status Corrupt(const char* what) {
  return {Code::kCorrupt, std::string("frame: ") + what};
}

// Lanes are equal, except that the first few may be one byte longer.
std::vector<Lane> SplitLanes(size_t raw_size, uint32_t lanes) {
  std::vector<Lane> split(lanes);
  size_t begin = 0;
  for (uint32_t i = 0; i < lanes; ++i) {
    const size_t size = raw_size / lanes + (i < raw_size % lanes ? 1 : 0);
    split[i] = {begin, static_cast<uint32_t>(size)};
    begin += size;
  }
  return split;
}

std::span<const Lane> GroupLanes(const std::vector<Lane>& lanes,
                                 const LaneParameters& parameters,
                                 size_t group) {
  const size_t begin = group * parameters.lanes_per_group;
  const size_t count =
      std::min<size_t>(parameters.lanes_per_group, lanes.size() - begin);
  return std::span(lanes).subspan(begin, count);
}

// Runs code(group) for all groups and returns the first group's error.
template <class CodeFn>
Status ForGroups(const LaneParameters& parameters, const FrameContext& context,
                 const CodeFn& code) {
  std::vector<Status> results(parameters.groups());
  context.parallel_for(results.size(),
                       [&](size_t group) { results[group] = code(group); });
  for (const Status& result : results) LENTIL_RETURN_IF_ERROR(result);
  return Status();
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
  const std::vector<Lane> lanes = SplitLanes(raw.size(), parameters.lanes);
  std::vector<std::vector<uint8_t>> streams(parameters.groups());
  LENTIL_RETURN_IF_ERROR(ForGroups(parameters, context, [&](size_t group) {
    SymbolEncoder symbols(raw, &streams[group]);
    return CodeGroup(model, GroupLanes(lanes, parameters, group), parameters,
                     context, symbols);
  }));
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
  const std::vector<Lane> lanes = SplitLanes(raw.size(), parameters.lanes);
  LENTIL_RETURN_IF_ERROR(ForGroups(parameters, context, [&](size_t group) {
    SymbolDecoder symbols(raw, parsed.streams[group]);
    return CodeGroup(model, GroupLanes(lanes, parameters, group), parameters,
                     context, symbols);
  }));
  if (parameters.x86_calls) RelativeX86Calls(raw);
  return Status();
}

// The widest groups and largest tables that a file may ask for.
uint64_t LaneMemory(const Model* model, uint64_t raw_size, int threads) {
  constexpr uint32_t kLanes = LaneParameters::kMaxLanesPerGroup;
  uint64_t group = Experts::MemoryBytes(Experts::kMaxTableBits);
  if (model != nullptr) {
    group += Decoder::MemoryBytes(*model, kLanes, kEncodeRows) +
             kEncodeRows * (sizeof(FrequencyTable) + sizeof(DecoderRow));
  }
  const uint64_t streams = raw_size + raw_size / 2;
  const uint64_t absolute = model == nullptr ? raw_size : 0;
  return static_cast<uint64_t>(std::max(threads, 1)) * group + streams +
         absolute;
}

}  // namespace lentil

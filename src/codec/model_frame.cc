// SPDX-License-Identifier: Apache-2.0
// Encoder and decoder share CodeGroup; they differ in where a symbol comes from
// and in how many positions they know ahead.

#include "codec/model_frame.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/endian.h"
#include "base/fp_mode.h"
#include "coder/range_coder.h"
#include "kernels/kernels.h"
#include "model/decoder.h"

namespace lentil {
namespace {

// Rows of one batch while encoding: enough to keep the matrix kernels busy, few
// enough that a cancelled encoder stops soon.
constexpr size_t kEncodeRows = 256;

Status Corrupt(const char* what) {
  return {Code::kCorrupt, std::string("model frame: ") + what};
}

// A slice of the frame.
struct Lane {
  size_t begin = 0;
  uint32_t size = 0;
};

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
                                 const LaneLayout& layout, size_t group) {
  const size_t begin = group * layout.lanes_per_group;
  const size_t count =
      std::min<size_t>(layout.lanes_per_group, lanes.size() - begin);
  return std::span(lanes).subspan(begin, count);
}

// Symbols from the source into a stream. All positions are known.
class SymbolEncoder {
 public:
  SymbolEncoder(std::span<const uint8_t> raw, std::vector<uint8_t>* stream)
      : raw_(raw.data()), stream_(*stream), coder_(stream) {}

  const uint8_t* raw() const { return raw_; }
  uint32_t Stride(size_t lanes) const {
    return static_cast<uint32_t>(
        std::clamp<size_t>(kEncodeRows / lanes, 1, kMaxBatch));
  }
  void Code(const FrequencyTable& table, size_t at) {
    const SymbolRange range = RangeOf(table, raw_[at]);
    coder_.Encode(range.cumulative, range.frequency, kTotalBits);
  }
  bool is_corrupt() const { return false; }
  // Bytes that came to the stream since it was last asked.
  size_t TakeGrowth() {
    return stream_.size() - std::exchange(reported_, stream_.size());
  }
  Status Finish() {
    coder_.Finish();
    return Status();
  }

 private:
  const uint8_t* raw_;
  const std::vector<uint8_t>& stream_;
  size_t reported_ = 0;
  RangeEncoder coder_;
};

// Symbols from a stream into the source. Each must be known before the next.
class SymbolDecoder {
 public:
  SymbolDecoder(std::span<uint8_t> raw, std::span<const uint8_t> stream)
      : raw_(raw.data()), coder_(stream) {}

  const uint8_t* raw() const { return raw_; }
  uint32_t Stride(size_t /*lanes*/) const { return 1; }
  void Code(const FrequencyTable& table, size_t at) {
    SymbolRange range;
    raw_[at] = static_cast<uint8_t>(
        FindSymbol(table, coder_.Target(kTotalBits), &range));
    coder_.Consume(range.cumulative, range.frequency, kTotalBits);
  }
  bool is_corrupt() const { return coder_.is_corrupt(); }
  size_t TakeGrowth() const { return 0; }
  Status Finish() const { return coder_.Finish(); }

 private:
  uint8_t* raw_;
  RangeDecoder coder_;
};

// The symbol loop: predict a block of positions of all lanes, code them in
// order of position, then lane. The longest lanes come first.
template <class Symbols>
Status CodeGroup(std::shared_ptr<const Model> model,
                 std::span<const Lane> lanes, const FrameContext& context,
                 Symbols& symbols) {
  const ScopedFpMode fp_mode;
  Decoder decoder(std::move(model), static_cast<uint32_t>(lanes.size()));
  const uint32_t length = lanes.front().size;
  const uint32_t stride = symbols.Stride(lanes.size());
  std::vector<DecoderRow> rows;
  std::vector<FrequencyTable> tables(stride * lanes.size());
  for (uint32_t begin = 0; begin < length;) {
    const uint32_t end = begin + std::min(stride, length - begin);
    if (context.cancelled != nullptr &&
        context.cancelled->load(std::memory_order_relaxed)) {
      return {Code::kCancelled, "cancelled"};
    }
    rows.clear();
    for (uint32_t t = begin; t < end; ++t) {
      for (uint32_t i = 0; i < lanes.size() && t < lanes[i].size; ++i) {
        rows.push_back({i, t, symbols.raw() + lanes[i].begin});
      }
    }
    decoder.Forward(rows, tables.data());
    for (size_t i = 0; i < rows.size(); ++i) {
      symbols.Code(tables[i], lanes[rows[i].lane].begin + rows[i].position);
    }
    if (symbols.is_corrupt()) break;
    if (context.bytes_done != nullptr)
      context.bytes_done->fetch_add(rows.size());
    if (context.code_bytes != nullptr)
      context.code_bytes->fetch_add(symbols.TakeGrowth());
    begin = end;
  }
  return symbols.Finish();
}

// Runs code(group) for all groups and returns the first group's error.
template <class CodeFn>
Status ForGroups(const LaneLayout& layout, const FrameContext& context,
                 const CodeFn& code) {
  std::vector<Status> results(layout.groups());
  context.parallel_for(results.size(),
                       [&](size_t group) { results[group] = code(group); });
  for (const Status& result : results) LENTIL_RETURN_IF_ERROR(result);
  return Status();
}

bool IsAllowed(const LaneLayout& layout, size_t raw_size) {
  return layout.lanes >= 1 && layout.lanes <= LaneLayout::kMaxLanes &&
         layout.lanes <= std::max<size_t>(1, raw_size) &&
         layout.lanes_per_group >= 1 &&
         layout.lanes_per_group <= LaneLayout::kMaxLanesPerGroup &&
         raw_size <= UINT32_MAX;
}

// The parameters in front of a frame's streams.
struct ParsedPayload {
  LaneLayout layout;
  std::vector<std::span<const uint8_t>> streams;  // one per group
};

Result<ParsedPayload> ParsePayload(std::span<const uint8_t> payload,
                                   size_t raw_size) {
  size_t at = 0;
  const auto read = [&](uint64_t limit, uint64_t* value) {
    return ReadVarint(payload, &at, value) == VarintResult::kOk &&
           *value <= limit;
  };
  uint64_t lanes = 0;
  uint64_t lanes_per_group = 0;
  if (!read(UINT32_MAX, &lanes) || !read(UINT32_MAX, &lanes_per_group)) {
    return Corrupt("bad parameters");
  }
  ParsedPayload parsed;
  parsed.layout = {static_cast<uint32_t>(lanes),
                   static_cast<uint32_t>(lanes_per_group)};
  if (!IsAllowed(parsed.layout, raw_size)) return Corrupt("bad parameters");
  std::vector<uint64_t> sizes(parsed.layout.groups());
  uint64_t before_last = 0;
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    if (!read(payload.size(), &sizes[i])) return Corrupt("bad stream size");
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

Status CheckRecordSize(size_t size) {
  if (size <= UINT32_MAX) return Status();
  return {Code::kInvalidArgument, "a record holds at most 4 GiB"};
}

}  // namespace

LaneLayout ChooseLaneLayout(uint64_t raw_size) {
  constexpr uint64_t kLaneBytes = 16u << 10;
  constexpr uint64_t kMostLanes = 64;
  constexpr uint64_t kLeastPerGroup = 4;
  constexpr uint64_t kMostGroups = 4;  // threads that can share a frame
  const uint64_t lanes =
      std::clamp<uint64_t>(raw_size / kLaneBytes, 1, kMostLanes);
  const uint64_t groups =
      std::clamp<uint64_t>(lanes / kLeastPerGroup, 1, kMostGroups);
  return {static_cast<uint32_t>(lanes),
          static_cast<uint32_t>((lanes + groups - 1) / groups)};
}

ModelFrameCoder::ModelFrameCoder(std::shared_ptr<const Model> model)
    : model_(std::move(model)) {}

uint32_t ModelFrameCoder::numerics_version() const { return kNumericsVersion; }

uint64_t ModelFrameCoder::model_hash() const { return model_->hash(); }

// The widest groups that a file may ask for.
uint64_t ModelFrameCoder::WorkingMemory(uint64_t raw_size, int threads) const {
  constexpr uint32_t kLanes = LaneLayout::kMaxLanesPerGroup;
  const uint64_t group =
      Decoder::MemoryBytes(*model_, kLanes, kEncodeRows) +
      kEncodeRows * (sizeof(FrequencyTable) + sizeof(DecoderRow));
  const uint64_t streams = raw_size + raw_size / 2;
  return static_cast<uint64_t>(std::max(threads, 1)) * group + streams;
}

Status ModelFrameCoder::Encode(std::span<const uint8_t> raw,
                               const FrameContext& context,
                               std::vector<uint8_t>* payload) const {
  return EncodeWithLayout(raw, ChooseLaneLayout(raw.size()), context, payload);
}

Status ModelFrameCoder::EncodeWithLayout(std::span<const uint8_t> raw,
                                         LaneLayout layout,
                                         const FrameContext& context,
                                         std::vector<uint8_t>* payload) const {
  if (!IsAllowed(layout, raw.size())) {
    return {Code::kInvalidArgument, "the lane layout does not fit the frame"};
  }
  const std::vector<Lane> lanes = SplitLanes(raw.size(), layout.lanes);
  std::vector<std::vector<uint8_t>> streams(layout.groups());
  LENTIL_RETURN_IF_ERROR(ForGroups(layout, context, [&](size_t group) {
    SymbolEncoder symbols(raw, &streams[group]);
    return CodeGroup(model_, GroupLanes(lanes, layout, group), context,
                     symbols);
  }));
  AppendVarint(layout.lanes, payload);
  AppendVarint(layout.lanes_per_group, payload);
  for (size_t i = 0; i + 1 < streams.size(); ++i) {
    AppendVarint(streams[i].size(), payload);
  }
  for (const std::vector<uint8_t>& stream : streams) {
    payload->insert(payload->end(), stream.begin(), stream.end());
  }
  return Status();
}

Status ModelFrameCoder::Decode(std::span<const uint8_t> payload,
                               const FrameContext& context,
                               std::span<uint8_t> raw) const {
  LENTIL_ASSIGN_OR_RETURN(const ParsedPayload parsed,
                          ParsePayload(payload, raw.size()));
  const std::vector<Lane> lanes = SplitLanes(raw.size(), parsed.layout.lanes);
  return ForGroups(parsed.layout, context, [&](size_t group) {
    SymbolDecoder symbols(raw, parsed.streams[group]);
    return CodeGroup(model_, GroupLanes(lanes, parsed.layout, group), context,
                     symbols);
  });
}

Status ModelFrameCoder::EncodeRecord(std::span<const uint8_t> raw,
                                     std::vector<uint8_t>* payload) const {
  LENTIL_RETURN_IF_ERROR(CheckRecordSize(raw.size()));
  const Lane lane = {0, static_cast<uint32_t>(raw.size())};
  SymbolEncoder symbols(raw, payload);
  return CodeGroup(model_, {&lane, 1}, FrameContext{}, symbols);
}

Status ModelFrameCoder::DecodeRecord(std::span<const uint8_t> payload,
                                     std::span<uint8_t> raw) const {
  LENTIL_RETURN_IF_ERROR(CheckRecordSize(raw.size()));
  const Lane lane = {0, static_cast<uint32_t>(raw.size())};
  SymbolDecoder symbols(raw, payload);
  return CodeGroup(model_, {&lane, 1}, FrameContext{}, symbols);
}

}  // namespace lentil

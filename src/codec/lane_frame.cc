// SPDX-License-Identifier: Apache-2.0
// Encoder and decoder share CodeGroup; they differ in where a symbol comes from
// and in how many positions they know ahead.

#include "codec/lane_frame.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "base/endian.h"
#include "base/fp_mode.h"
#include "codec/group_model.h"
#include "codec/record_prior.h"
#include "coder/range_coder.h"
#include "experts/experts.h"
#include "kernels/kernels.h"
#include "model/decoder.h"

namespace lentil {
namespace {

// Rows of one batch while encoding: enough to keep the matrix kernels busy, few
// enough that a cancelled encoder stops soon.
constexpr size_t kEncodeRows = 256;

// Symbols of a group after which progress is told and idle threads are asked.
constexpr size_t kChunk = 8192;

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

// Symbols from the source into a stream. All positions are known.
class SymbolEncoder {
 public:
  SymbolEncoder(std::span<const uint8_t> raw, std::vector<uint8_t>* stream)
      : raw_(raw.data()), stream_(*stream), coder_(stream) {}

  SymbolEncoder& OfLane(uint32_t /*lane*/) { return *this; }
  const uint8_t* raw() const { return raw_; }
  uint32_t Stride(size_t lanes) const {
    return static_cast<uint32_t>(
        std::clamp<size_t>(kEncodeRows / lanes, 1, kMaxBatch));
  }
  void Code(const FrequencyTable& table, size_t at) {
    const SymbolRange range = RangeOf(table, raw_[at]);
    coder_.Encode(range.cumulative, range.frequency, kTotalBits);
  }
  // The byte whose place in the experts' lane has begun.
  void Code(Experts& experts, size_t at) {
    for (int i = 7; i >= 0; --i) {
      const bool bit = (raw_[at] >> i & 1) != 0;
      coder_.EncodeBit(bit, experts.Predict());
      experts.Update(bit);
    }
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

  SymbolDecoder& OfLane(uint32_t /*lane*/) { return *this; }
  const uint8_t* raw() const { return raw_; }
  uint32_t Stride(size_t /*lanes*/) const { return 1; }
  void Code(const FrequencyTable& table, size_t at) {
    SymbolRange range;
    raw_[at] = static_cast<uint8_t>(
        FindSymbol(table, coder_.Target(kTotalBits), &range));
    coder_.Consume(range.cumulative, range.frequency, kTotalBits);
  }
  void Code(Experts& experts, size_t at) {
    uint32_t byte = 0;
    for (int i = 0; i < 8; ++i) {
      const bool bit = coder_.DecodeBit(experts.Predict());
      experts.Update(bit);
      byte = byte << 1 | (bit ? 1 : 0);
    }
    raw_[at] = static_cast<uint8_t>(byte);
  }
  bool is_corrupt() const { return coder_.is_corrupt(); }
  size_t TakeGrowth() const { return 0; }
  Status Finish() const { return coder_.Finish(); }

 private:
  uint8_t* raw_;
  RangeDecoder coder_;
};

// Symbols of records: a stream, or experts without one, for each lane.
template <class One>
class PerLane {
 public:
  template <class... Args>
  void Add(Args&&... args) {
    lanes_.emplace_back(std::forward<Args>(args)...);
  }
  One& OfLane(uint32_t lane) { return lanes_[lane]; }
  const uint8_t* raw() const { return lanes_.front().raw(); }
  uint32_t Stride(size_t lanes) const { return lanes_.front().Stride(lanes); }
  bool is_corrupt() const {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [](const One& one) { return one.is_corrupt(); });
  }
  size_t TakeGrowth() {
    size_t bytes = 0;
    for (One& one : lanes_) bytes += one.TakeGrowth();
    return bytes;
  }
  Status Finish() {
    for (One& one : lanes_) LENTIL_RETURN_IF_ERROR(one.Finish());
    return Status();
  }

 private:
  std::deque<One> lanes_;
};

// Known symbols that experts learn and nobody codes.
class SymbolTeacher {
 public:
  explicit SymbolTeacher(std::span<const uint8_t> raw) : raw_(raw.data()) {}

  SymbolTeacher& OfLane(uint32_t /*lane*/) { return *this; }
  const uint8_t* raw() const { return raw_; }
  uint32_t Stride(size_t /*lanes*/) const { return kMaxBatch; }
  void Code(const FrequencyTable& /*table*/, size_t /*at*/) {}
  void Code(Experts& experts, size_t at) {
    for (int i = 7; i >= 0; --i) {
      experts.Predict();
      experts.Update((raw_[at] >> i & 1) != 0);
    }
  }
  bool is_corrupt() const { return false; }
  size_t TakeGrowth() const { return 0; }
  Status Finish() const { return Status(); }

 private:
  const uint8_t* raw_;
};

// Experts that come from elsewhere, and the lane that they know it by.
struct OwnExperts {
  Experts* experts;
  uint32_t lane;
};

Result<const Kernels*> KernelsOf(const Model* model) {
  if (model != nullptr) return &model->kernels();
  return DefaultKernels();
}

// By position, then lane, as GroupModel does.
template <class Visit>
void ForEachPlace(std::span<const Lane> lanes, uint32_t begin, uint32_t end,
                  const Visit& visit) {
  for (uint32_t t = begin; t < end; ++t) {
    for (uint32_t i = 0; i < lanes.size() && t < lanes[i].size; ++i) {
      visit(i, t, nullptr);
    }
  }
}

// The symbol loop: predict a block of positions of all lanes, code them in
// order of position, then lane. The longest lanes come first. `own` may be
// empty: then the lanes share fresh experts, if the parameters ask for some.
template <class Symbols>
Status CodeGroup(const std::shared_ptr<const Model>& model,
                 std::span<const Lane> lanes, const LaneParameters& parameters,
                 const FrameContext& context, Symbols& symbols,
                 std::span<const OwnExperts> own = {}) {
  std::optional<GroupModel> predictor;
  if (model) {
    const uint32_t stride =
        std::min(symbols.Stride(lanes.size()), lanes.front().size);
    predictor.emplace(model, lanes, symbols.raw(), stride,
                      context.threads / parameters.groups());
  }
  std::optional<Experts> experts;
  if (parameters.table_bits > 0) {
    std::vector<const uint8_t*> texts;
    for (const Lane& lane : lanes) texts.push_back(symbols.raw() + lane.begin);
    LENTIL_ASSIGN_OR_RETURN(const Kernels* kernels, KernelsOf(model.get()));
    experts.emplace(*kernels, texts, static_cast<int>(parameters.table_bits));
  }
  uint64_t bytes = 0;  // since it was last told
  const auto code = [&](uint32_t lane, uint32_t position,
                        const FrequencyTable* table) {
    const size_t at = lanes[lane].begin + position;
    if (!own.empty()) {
      own[lane].experts->BeginByte(own[lane].lane, table);
      symbols.OfLane(lane).Code(*own[lane].experts, at);
    } else if (experts) {
      experts->BeginByte(lane, table);
      symbols.OfLane(lane).Code(*experts, at);
    } else {
      symbols.OfLane(lane).Code(*table, at);
    }
    ++bytes;
  };
  const uint32_t length = lanes.front().size;
  const auto chunk =
      static_cast<uint32_t>(std::max<size_t>(1, kChunk / lanes.size()));
  for (uint32_t begin = 0; begin < length;) {
    const uint32_t end = begin + std::min(chunk, length - begin);
    if (predictor) {
      predictor->ForEach(begin, end, context, code);
    } else {
      ForEachPlace(lanes, begin, end, code);
    }
    if (context.IsCancelled()) return {Code::kCancelled, "cancelled"};
    if (symbols.is_corrupt()) break;
    if (context.bytes_done != nullptr)
      context.bytes_done->fetch_add(std::exchange(bytes, 0));
    if (context.code_bytes != nullptr)
      context.code_bytes->fetch_add(symbols.TakeGrowth());
    begin = end;
  }
  return symbols.Finish();
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

bool IsAllowed(const LaneParameters& parameters, size_t raw_size,
               bool has_model) {
  return parameters.lanes >= 1 &&
         parameters.lanes <= LaneParameters::kMaxLanes &&
         parameters.lanes <= std::max<size_t>(1, raw_size) &&
         parameters.lanes_per_group >= 1 &&
         parameters.lanes_per_group <= LaneParameters::kMaxLanesPerGroup &&
         ((parameters.table_bits == 0 && has_model) ||
          (parameters.table_bits >= Experts::kMinTableBits &&
           parameters.table_bits <= Experts::kMaxTableBits)) &&
         raw_size <= UINT32_MAX;
}

// The parameters in front of a frame's streams.
struct ParsedPayload {
  LaneParameters parameters;
  std::vector<std::span<const uint8_t>> streams;  // one per group
};

Result<ParsedPayload> ParsePayload(std::span<const uint8_t> payload,
                                   size_t raw_size, bool has_model) {
  size_t at = 0;
  const auto read = [&](uint64_t limit, uint64_t* value) {
    return ReadVarint(payload, &at, value) == VarintResult::kOk &&
           *value <= limit;
  };
  uint64_t lanes = 0;
  uint64_t lanes_per_group = 0;
  uint64_t table_bits = 0;
  if (!read(UINT32_MAX, &lanes) || !read(UINT32_MAX, &lanes_per_group) ||
      !read(UINT32_MAX, &table_bits)) {
    return Corrupt("bad parameters");
  }
  ParsedPayload parsed;
  parsed.parameters = {static_cast<uint32_t>(lanes),
                       static_cast<uint32_t>(lanes_per_group),
                       static_cast<uint32_t>(table_bits)};
  if (!IsAllowed(parsed.parameters, raw_size, has_model))
    return Corrupt("bad parameters");
  std::vector<uint64_t> sizes(parsed.parameters.groups());
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

// Runs CodeGroup for batches of records, the longest first. `add(symbols, i)`
// adds what codes places[i].
template <class Symbols, class Add>
Status ForRecords(const uint8_t* raw, std::span<const RecordPlace> places,
                  const RecordPredictor& predictor, const FrameContext& context,
                  const Add& add) {
  std::vector<uint32_t> order(places.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return places[a].size > places[b].size;
  });
  const size_t batches = (places.size() + kRecordLanes - 1) / kRecordLanes;
  std::vector<Status> results(batches);
  const auto run = [&](size_t batch) {
    const size_t begin = batch * kRecordLanes;
    const size_t end = std::min(begin + kRecordLanes, places.size());
    std::vector<Lane> lanes;
    std::deque<RecordPrior::Lease> leases;
    std::vector<OwnExperts> own;
    Symbols symbols;
    for (size_t i = begin; i < end; ++i) {
      const RecordPlace& place = places[order[i]];
      lanes.push_back({place.begin, place.size});
      add(symbols, order[i]);
      if (predictor.prior == nullptr) continue;
      leases.emplace_back(*predictor.prior, raw + place.begin);
      own.push_back({leases.back().experts(), RecordPrior::Lease::kLane});
    }
    FrameContext alone = context;
    alone.threads = 1;
    alone.parallel_for = nullptr;
    return CodeGroup(predictor.model, lanes, LaneParameters{}, alone, symbols,
                     own);
  };
  if (batches > 1 && context.parallel_for) {
    context.parallel_for(batches, [&](size_t i) {
      const ScopedFpMode fp_mode;
      results[i] = run(i);
    });
  } else {
    for (size_t i = 0; i < batches; ++i) results[i] = run(i);
  }
  for (const Status& result : results) LENTIL_RETURN_IF_ERROR(result);
  return Status();
}

}  // namespace

Status EncodeRecords(std::span<const uint8_t> raw,
                     std::span<const RecordPlace> places,
                     const RecordPredictor& predictor,
                     const FrameContext& context,
                     std::span<std::vector<uint8_t>> streams) {
  return ForRecords<PerLane<SymbolEncoder>>(
      raw.data(), places, predictor, context,
      [&](auto& symbols, size_t i) { symbols.Add(raw, &streams[i]); });
}

Status DecodeRecords(std::span<const std::span<const uint8_t>> streams,
                     std::span<const RecordPlace> places,
                     const RecordPredictor& predictor,
                     const FrameContext& context, std::span<uint8_t> raw) {
  return ForRecords<PerLane<SymbolDecoder>>(
      raw.data(), places, predictor, context,
      [&](auto& symbols, size_t i) { symbols.Add(raw, streams[i]); });
}

Status TeachLane(std::span<const uint8_t> text, const RecordPlace& record,
                 const std::shared_ptr<const Model>& model, Experts* experts) {
  const Lane lane = {record.begin, record.size};
  const OwnExperts own = {experts, 0};
  SymbolTeacher symbols(text);
  return CodeGroup(model, {&lane, 1}, LaneParameters{}, FrameContext{}, symbols,
                   {&own, 1});
}

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

Status EncodeLanes(std::span<const uint8_t> raw,
                   const LaneParameters& parameters,
                   const std::shared_ptr<const Model>& model,
                   const FrameContext& context, std::vector<uint8_t>* payload) {
  if (!IsAllowed(parameters, raw.size(), model != nullptr)) {
    return {Code::kInvalidArgument, "the parameters do not fit the frame"};
  }
  const std::vector<Lane> lanes = SplitLanes(raw.size(), parameters.lanes);
  std::vector<std::vector<uint8_t>> streams(parameters.groups());
  LENTIL_RETURN_IF_ERROR(ForGroups(parameters, context, [&](size_t group) {
    SymbolEncoder symbols(raw, &streams[group]);
    return CodeGroup(model, GroupLanes(lanes, parameters, group), parameters,
                     context, symbols);
  }));
  AppendVarint(parameters.lanes, payload);
  AppendVarint(parameters.lanes_per_group, payload);
  AppendVarint(parameters.table_bits, payload);
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
  return ForGroups(parameters, context, [&](size_t group) {
    SymbolDecoder symbols(raw, parsed.streams[group]);
    return CodeGroup(model, GroupLanes(lanes, parameters, group), parameters,
                     context, symbols);
  });
}

Status EncodeOneLane(std::span<const uint8_t> raw,
                     const std::shared_ptr<const Model>& model,
                     std::vector<uint8_t>* stream) {
  LENTIL_RETURN_IF_ERROR(CheckRecordSize(raw.size()));
  const Lane lane = {0, static_cast<uint32_t>(raw.size())};
  SymbolEncoder symbols(raw, stream);
  return CodeGroup(model, {&lane, 1}, LaneParameters{}, FrameContext{},
                   symbols);
}

Status DecodeOneLane(std::span<const uint8_t> stream,
                     const std::shared_ptr<const Model>& model,
                     std::span<uint8_t> raw) {
  LENTIL_RETURN_IF_ERROR(CheckRecordSize(raw.size()));
  const Lane lane = {0, static_cast<uint32_t>(raw.size())};
  SymbolDecoder symbols(raw, stream);
  return CodeGroup(model, {&lane, 1}, LaneParameters{}, FrameContext{},
                   symbols);
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
  return static_cast<uint64_t>(std::max(threads, 1)) * group + streams;
}

}  // namespace lentil

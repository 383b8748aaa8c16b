// SPDX-License-Identifier: Apache-2.0
#include "codec/record_lanes.h"

#include <algorithm>
#include <deque>
#include <numeric>

#include "base/fp_mode.h"
#include "codec/group_tasks.h"
#include "codec/record_prior.h"
#include "codec/symbol_loop-inl.h"
#include "format/size_bound.h"

namespace lentil {
namespace {

// Symbols of records: a stream, or context models without one, for each lane.
template <class One>
class PerLane {
 public:
  static constexpr bool kKnown = One::kKnown;

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

// Known symbols that context models learn and nobody codes.
class SymbolTeacher {
 public:
  static constexpr bool kKnown = true;

  explicit SymbolTeacher(std::span<const uint8_t> raw) : raw_(raw.data()) {}

  SymbolTeacher& OfLane(uint32_t /*lane*/) { return *this; }
  const uint8_t* raw() const { return raw_; }
  uint32_t Stride(size_t /*lanes*/) const { return kMaxBatch; }
  void Code(const FrequencyTable& /*table*/, size_t /*at*/) {}
  void Code(ContextMixer& mixer, size_t at) { mixer.LearnByte(raw_[at]); }
  bool is_corrupt() const { return false; }
  size_t TakeGrowth() const { return 0; }
  Status Finish() const { return Status(); }

 private:
  const uint8_t* raw_;
};

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
  const auto run = [&](size_t batch, const FrameContext& watched) {
    const ScopedFpMode fp_mode;
    const size_t begin = batch * kRecordLanes;
    const size_t end = std::min(begin + kRecordLanes, places.size());
    std::vector<Lane> lanes;
    std::deque<RecordPrior::Lease> leases;
    std::vector<OwnMixer> own;
    Symbols symbols;
    for (size_t i = begin; i < end; ++i) {
      const RecordPlace& place = places[order[i]];
      lanes.push_back({place.begin, place.size});
      add(symbols, order[i]);
      if (predictor.prior == nullptr) continue;
      leases.emplace_back(*predictor.prior, raw + place.begin);
      own.push_back({leases.back().mixer(), RecordPrior::Lease::kLane});
    }
    FrameContext alone = watched;
    alone.threads = 1;
    alone.parallel_for = RunHere;
    return CodeGroup(predictor.model, lanes, LaneParameters{}, alone, symbols,
                     own);
  };
  return RunGroups(batches, context, run);
}

Status CheckStream(size_t bytes, size_t symbols, bool has_mixing) {
  if (has_mixing ? HoldsMixedBytes(bytes, symbols)
                 : HoldsModelBytes(bytes, symbols)) {
    return Status();
  }
  return {Code::kCorrupt, "a record's code is too short"};
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
  for (size_t i = 0; i < streams.size(); ++i) {
    LENTIL_RETURN_IF_ERROR(CheckStream(streams[i].size(), places[i].size,
                                       predictor.prior != nullptr));
  }
  return ForRecords<PerLane<SymbolDecoder>>(
      raw.data(), places, predictor, context,
      [&](auto& symbols, size_t i) { symbols.Add(raw, streams[i]); });
}

Status TeachLane(std::span<const uint8_t> text, const RecordPlace& record,
                 const std::shared_ptr<const Model>& model,
                 ContextMixer* mixer) {
  const Lane lane = {record.begin, record.size};
  const OwnMixer own = {mixer, 0};
  SymbolTeacher symbols(text);
  return CodeGroup(model, {&lane, 1}, LaneParameters{}, FrameContext{}, symbols,
                   {&own, 1});
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
  LENTIL_RETURN_IF_ERROR(CheckStream(stream.size(), raw.size(),
                                     /*has_mixing=*/false));
  const Lane lane = {0, static_cast<uint32_t>(raw.size())};
  SymbolDecoder symbols(raw, stream);
  return CodeGroup(model, {&lane, 1}, LaneParameters{}, FrameContext{},
                   symbols);
}

}  // namespace lentil

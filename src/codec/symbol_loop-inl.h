// SPDX-License-Identifier: Apache-2.0
// The one symbol loop. Encoder and decoder share CodeGroup; they differ in
// where a symbol comes from and in how many positions they know ahead.

#ifndef LENTIL_CODEC_SYMBOL_LOOP_INL_H_
#define LENTIL_CODEC_SYMBOL_LOOP_INL_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "codec/frame_coder.h"
#include "codec/group_model.h"
#include "codec/lane_parameters.h"
#include "coder/range_coder.h"
#include "kernels/kernels.h"
#include "mixing/context_mixer.h"
#include "model/model.h"

namespace lentil {
namespace {

// Rows of one batch while encoding: enough to keep the matrix kernels busy, few
// enough that a cancelled encoder stops soon.
constexpr size_t kEncodeRows = 256;

// Symbols of a group after which progress is told and idle threads are asked.
constexpr size_t kChunk = 8192;

// Symbols from the source into a stream. All positions are known.
class SymbolEncoder {
 public:
  static constexpr bool kKnown = true;

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
  // The byte whose place in the context models' lane has begun.
  void Code(ContextMixer& mixer, size_t at) {
    for (int i = 7; i >= 0; --i) {
      const bool bit = (raw_[at] >> i & 1) != 0;
      coder_.EncodeBit(bit, mixer.Predict());
      mixer.Update(bit);
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
  static constexpr bool kKnown = false;

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
  void Code(ContextMixer& mixer, size_t at) {
    uint32_t byte = 0;
    for (int i = 0; i < 8; ++i) {
      const bool bit = coder_.DecodeBit(mixer.Predict());
      mixer.Update(bit);
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

// Context models that come from elsewhere, and the lane that they know it by.
struct OwnMixer {
  ContextMixer* mixer;
  uint32_t lane;
};

// By position, then lane, as GroupModel does. Ends early if a visit says so.
template <class Visit>
void ForEachPlace(std::span<const Lane> lanes, uint32_t begin, uint32_t end,
                  const Visit& visit) {
  for (uint32_t t = begin; t < end; ++t) {
    for (uint32_t i = 0; i < lanes.size() && t < lanes[i].size; ++i) {
      if (!visit(i, t, nullptr)) return;
    }
  }
}

// The symbol loop: predict a block of positions of all lanes, code them in
// order of position, then lane. The longest lanes come first. `own` may be
// empty: then the lanes share fresh context models, if the parameters ask for
// some. Stops at the first symbol behind a stream's end.
template <class Symbols>
Status CodeGroup(const std::shared_ptr<const Model>& model,
                 std::span<const Lane> lanes, const LaneParameters& parameters,
                 const FrameContext& context, Symbols& symbols,
                 std::span<const OwnMixer> own = {}) {
  std::optional<GroupModel> predictor;
  if (model) {
    const uint32_t stride =
        std::min(symbols.Stride(lanes.size()), lanes.front().size);
    predictor.emplace(model, lanes, symbols.raw(), Symbols::kKnown, stride,
                      context.threads / parameters.groups());
  }
  std::optional<ContextMixer> mixer;
  if (parameters.table_bits > 0) {
    std::vector<const uint8_t*> texts;
    for (const Lane& lane : lanes) texts.push_back(symbols.raw() + lane.begin);
    LENTIL_ASSIGN_OR_RETURN(const Kernels* kernels, KernelsOf(model.get()));
    mixer.emplace(*kernels, texts, static_cast<int>(parameters.table_bits),
                  parameters.layout);
  }
  uint64_t bytes = 0;  // since it was last told
  const auto code = [&](uint32_t lane, uint32_t position,
                        const FrequencyTable* table) {
    const size_t at = lanes[lane].begin + position;
    auto& of_lane = symbols.OfLane(lane);
    if (!own.empty()) {
      own[lane].mixer->BeginByte(own[lane].lane, table);
      of_lane.Code(*own[lane].mixer, at);
    } else if (mixer) {
      mixer->BeginByte(lane, table);
      of_lane.Code(*mixer, at);
    } else {
      of_lane.Code(*table, at);
    }
    ++bytes;
    return !of_lane.is_corrupt();
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

}  // namespace
}  // namespace lentil

#endif  // LENTIL_CODEC_SYMBOL_LOOP_INL_H_

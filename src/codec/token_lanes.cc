// SPDX-License-Identifier: Apache-2.0

#include "codec/token_lanes.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>

#include "base/endian.h"
#include "codec/group_tasks.h"
#include "codec/token_mixer.h"
#include "coder/range_coder.h"
#include "format/size_bound.h"
#include "kernels/kernels.h"
#include "model/imported/token_decoder.h"
#include "model/imported/token_table.h"

namespace lentil {
namespace {

// A context is not made shorter than this for the sake of more lanes.
constexpr uint32_t kShortContext = 512;
// Nor shorter than this in any case, but for models that see no further.
constexpr uint32_t kLeastContext = 16;
// As many rows as the products of codes like, in each of two groups.
constexpr uint32_t kMostLanes = 8;
// Keys and values of all lanes together.
constexpr uint64_t kLaneBytes = uint64_t{192} << 20;
// A lane of fewer symbols costs more at its start than it saves in time.
constexpr uint32_t kLeastLane = 1024;
// Rows of a batch, and floats of its logits.
constexpr size_t kRows = 32;
constexpr size_t kLogitFloats = size_t{4} << 20;
constexpr int kByteBits = 8;
// Tables of context models: as files that such models code are small.
constexpr int kMostTableBits = 18;

// ---- where symbols come from -----------------------------------------------

class TokenEncoder final : public BitChannel {
 public:
  static constexpr bool kKnown = true;

  TokenEncoder(std::span<const uint32_t> symbols, std::vector<uint8_t>* stream)
      : symbols_(symbols), stream_(*stream), coder_(stream) {}

  uint32_t symbol(size_t at) const { return symbols_[at]; }
  void Code(const TokenTable& table, size_t at) {
    const uint32_t symbol = symbols_[at];
    const TokenRange range = table.RangeOf(std::min(symbol, table.escape()));
    coder_.Encode(range.cumulative, range.frequency, kTokenTotalBits);
    if (symbol >= table.escape()) {
      coder_.Encode(symbol - table.escape(), 1, kByteBits);
    }
  }
  void Code(TokenMixer& mixer, uint32_t lane, size_t at) {
    mixer.Code(lane, symbols_[at], this);
  }
  bool Code(bool bit, uint32_t p) override {
    coder_.EncodeBit(bit, p);
    return bit;
  }
  bool is_corrupt() const { return false; }
  size_t size() const { return stream_.size(); }
  Status Finish() {
    coder_.Finish();
    return Status();
  }

 private:
  std::span<const uint32_t> symbols_;
  const std::vector<uint8_t>& stream_;
  RangeEncoder coder_;
};

class TokenSource final : public BitChannel {
 public:
  static constexpr bool kKnown = false;

  TokenSource(std::span<uint32_t> symbols, std::span<const uint8_t> stream,
              uint64_t raw_size)
      : symbols_(symbols), coder_(stream), most_bytes_(raw_size + 1) {}

  uint32_t symbol(size_t at) const { return symbols_[at]; }
  void Code(const TokenTable& table, size_t at) {
    uint32_t symbol = table.Find(coder_.Target(kTokenTotalBits));
    const TokenRange range = table.RangeOf(symbol);
    coder_.Consume(range.cumulative, range.frequency, kTokenTotalBits);
    if (symbol == table.escape()) {
      const uint32_t byte = coder_.Target(kByteBits);
      coder_.Consume(byte, 1, kByteBits);
      symbol += byte;
    }
    symbols_[at] = symbol;
  }
  void Code(TokenMixer& mixer, uint32_t lane, size_t at) {
    symbols_[at] = mixer.Code(lane, TokenMixer::kUnknown, this);
    is_too_long_ = mixer.text_bytes() > most_bytes_;
  }
  bool Code(bool /*bit*/, uint32_t p) override { return coder_.DecodeBit(p); }
  bool is_corrupt() const { return coder_.is_corrupt() || is_too_long_; }
  size_t size() const { return 0; }
  Status Finish() const {
    if (is_too_long_) return {Code::kCorrupt, "frame: too many bytes"};
    return coder_.Finish();
  }

 private:
  std::span<uint32_t> symbols_;
  RangeDecoder coder_;
  uint64_t most_bytes_;
  bool is_too_long_ = false;
};

// ---- a group of lanes ------------------------------------------------------

struct TokenLane {
  size_t begin = 0;
  size_t size = 0;
};

std::vector<TokenLane> SplitGroup(const TokenParameters& p, size_t group) {
  std::vector<TokenLane> lanes;
  const uint32_t first = static_cast<uint32_t>(group) * p.lanes_per_group;
  const uint32_t last = std::min(p.lanes, first + p.lanes_per_group);
  for (uint32_t i = first; i < last; ++i) {
    const size_t begin = uint64_t{i} * p.symbols / p.lanes;
    const size_t end = (uint64_t{i} + 1) * p.symbols / p.lanes;
    lanes.push_back({begin, end - begin});
  }
  return lanes;
}

// Predicts the symbols of some lanes in lockstep.
class TokenGroup {
 public:
  TokenGroup(const LanguageModel& model, const Kernels& kernels,
             const TokenParameters& parameters, std::vector<TokenLane> lanes)
      : model_(model),
        parameters_(parameters),
        lanes_(std::move(lanes)),
        kernels_(kernels),
        decoder_(model.transformer(), kernels,
                 static_cast<uint32_t>(lanes_.size()), parameters.context),
        table_(model.transformer()->spec().vocab) {
    for (const TokenLane& lane : lanes_) {
      length_ = std::max(length_, lane.size);
    }
    const size_t fitting = kLogitFloats / decoder_.logit_stride();
    most_rows_ = std::clamp<size_t>(fitting, lanes_.size(),
                                    std::max(kRows, lanes_.size()));
    logits_ = AlignedArray<float>(most_rows_ * decoder_.logit_stride());
    if (parameters.table_bits > 0) {
      mixer_.emplace(model.trie(), table_.vocab(), kernels, lanes_.size(),
                     static_cast<int>(parameters.table_bits));
    }
  }

  // Codes all symbols, by place, then lane. `done(n)` is told how many were.
  template <class Symbols, class Done>
  Status Run(Symbols& symbols, const FrameContext& context, Done done) {
    for (size_t t = 0; t < length_;) {
      if (context.IsCancelled()) return {Code::kCancelled, "cancelled"};
      if (position_ == parameters_.context) Restart(symbols, t);
      const size_t end = t + BlockLength(Symbols::kKnown, t);
      Predict(symbols, t, end);
      for (size_t at = t; at < end; ++at) {
        for (size_t i = 0; i < lanes_.size(); ++i) {
          if (at >= lanes_[i].size) continue;
          if (mixer_) {
            mixer_->Set(LogitsOf(i, at - t));
            symbols.Code(*mixer_, static_cast<uint32_t>(i),
                         lanes_[i].begin + at);
          } else {
            table_.Set(kernels_.floats, LogitsOf(i, at - t));
            symbols.Code(table_, lanes_[i].begin + at);
          }
          if (symbols.is_corrupt()) return symbols.Finish();
        }
      }
      done((end - t) * lanes_.size());
      t = end;
    }
    return symbols.Finish();
  }

 private:
  // Symbols of each lane that may be predicted at once.
  size_t BlockLength(bool is_known, size_t t) const {
    if (!is_known) return 1;
    const size_t rows = std::max<size_t>(1, most_rows_ / lanes_.size());
    return std::min(
        {rows, length_ - t, size_t{parameters_.context - position_}});
  }

  // What is read before symbol `at` of a lane.
  template <class Symbols>
  uint32_t InputOf(const Symbols& symbols, const TokenLane& lane,
                   size_t at) const {
    if (at == 0) return model_.start_token();
    const uint32_t symbol = symbols.symbol(lane.begin + at - 1);
    return symbol < table_.escape() ? symbol : model_.start_token();
  }

  // Lanes begin again: the start token, and the inputs before that of t.
  template <class Symbols>
  void Restart(const Symbols& symbols, size_t t) {
    decoder_.Reset();
    const size_t count = parameters_.kept + 1;
    const size_t stride = std::max<size_t>(1, most_rows_ / lanes_.size());
    for (size_t begin = 0; begin < count; begin += stride) {
      rows_.clear();
      for (uint32_t i = 0; i < lanes_.size(); ++i) {
        for (size_t p = begin; p < std::min(count, begin + stride); ++p) {
          const uint32_t token =
              p == 0 ? model_.start_token()
                     : InputOf(symbols, lanes_[i], t - count + p);
          if (t < lanes_[i].size) {
            rows_.push_back({i, static_cast<uint32_t>(p), token});
          }
        }
      }
      decoder_.Forward(rows_);
    }
    position_ = static_cast<uint32_t>(count);
  }

  // Reads the inputs of places t … end − 1.
  template <class Symbols>
  void Predict(const Symbols& symbols, size_t t, size_t end) {
    rows_.clear();
    first_row_.clear();
    for (uint32_t i = 0; i < lanes_.size(); ++i) {
      first_row_.push_back(rows_.size());
      for (size_t at = t; at < std::min(end, lanes_[i].size); ++at) {
        rows_.push_back({i, position_ + static_cast<uint32_t>(at - t),
                         InputOf(symbols, lanes_[i], at)});
      }
    }
    decoder_.Forward(rows_);
    decoder_.Logits(0, rows_.size(), logits_.data());
    position_ += static_cast<uint32_t>(end - t);
  }
  const float* LogitsOf(size_t lane, size_t offset) const {
    return logits_.data() +
           (first_row_[lane] + offset) * decoder_.logit_stride();
  }

  const LanguageModel& model_;
  const TokenParameters& parameters_;
  std::vector<TokenLane> lanes_;
  const Kernels& kernels_;
  TokenDecoder decoder_;
  TokenTable table_;
  std::optional<TokenMixer> mixer_;
  size_t length_ = 0;      // of the longest lane
  size_t most_rows_ = 0;   // of a batch
  uint32_t position_ = 0;  // of the next row, in every lane
  std::vector<TokenRow> rows_;
  std::vector<size_t> first_row_;  // by lane, of the last batch
  AlignedArray<float> logits_;
};

// Tables beyond this would stay empty.
int MostTableBits(uint32_t symbols) {
  return std::clamp(static_cast<int>(std::bit_width(symbols)) + 4,
                    ContextMixer::kMinTableBits, kMostTableBits);
}

// Keys and values of a lane.
uint64_t LaneBytes(const TransformerSpec& spec, uint32_t context) {
  const uint64_t one = TokenDecoder::MemoryBytes(spec, 1, context, 0);
  return TokenDecoder::MemoryBytes(spec, 2, context, 0) - one;
}

// Tells progress in bytes of source.
class Progress {
 public:
  Progress(const TokenParameters& parameters, uint64_t raw_size,
           const FrameContext& context)
      : parameters_(parameters), raw_size_(raw_size), context_(context) {}
  void Add(uint64_t symbols, uint64_t code_bytes) {
    if (context_.bytes_done != nullptr) {
      const uint64_t before = Bytes();
      symbols_ = std::min<uint64_t>(symbols_ + symbols, parameters_.symbols);
      context_.bytes_done->fetch_add(Bytes() - before);
    }
    if (context_.code_bytes != nullptr) {
      context_.code_bytes->fetch_add(code_bytes - code_bytes_);
      code_bytes_ = code_bytes;
    }
  }

 private:
  uint64_t Bytes() const { return symbols_ * raw_size_ / parameters_.symbols; }

  const TokenParameters& parameters_;
  uint64_t raw_size_;
  const FrameContext& context_;
  uint64_t symbols_ = 0;
  uint64_t code_bytes_ = 0;
};

// Runs make(group) → symbols of the group, for all groups.
template <class Make>
Status CodeGroups(const LanguageModel& model, const TokenParameters& parameters,
                  uint64_t raw_size, const FrameContext& context, Make make) {
  LENTIL_ASSIGN_OR_RETURN(const Kernels* kernels, DefaultKernels());
  const auto code = [&](size_t group, const FrameContext& watched) {
    auto symbols = make(group);
    TokenGroup run(model, *kernels, parameters, SplitGroup(parameters, group));
    Progress progress(parameters, raw_size, watched);
    return run.Run(symbols, watched,
                   [&](size_t count) { progress.Add(count, symbols.size()); });
  };
  return RunGroups(parameters.groups(), context, code);
}

}  // namespace

TokenParameters ChooseTokenParameters(const LanguageModel& model,
                                      uint32_t symbols,
                                      const LaneLimits& limits) {
  const TransformerSpec& spec = model.transformer()->spec();
  TokenParameters p;
  p.symbols = symbols;
  p.lanes = std::clamp(symbols / kLeastLane, 1u,
                       std::clamp(limits.lanes, 1u, kMostLanes));
  if (p.lanes > kMostLanes / 2 && p.lanes < kMostLanes) {
    p.lanes = kMostLanes / 2;  // even groups
  }
  // Fewer lanes leave memory for longer contexts.
  p.context = std::min(spec.max_positions, kMaxContext);
  const auto is_too_much = [&] {
    return p.lanes * LaneBytes(spec, p.context) > kLaneBytes;
  };
  while (p.context > kShortContext && is_too_much()) p.context /= 2;
  while (p.lanes > 1 && is_too_much()) p.lanes /= 2;
  // No lane reads more than its symbols.
  const uint32_t longest = (symbols + p.lanes - 1) / p.lanes;
  p.context = std::min(p.context, std::max(longest, kLeastContext));
  p.kept = p.context / 4;
  // Two groups, where there are lanes for two: threads share groups.
  p.lanes_per_group = p.lanes / 2 + p.lanes % 2;
  if (limits.table_bits > 0) {
    p.table_bits = static_cast<uint32_t>(std::clamp(limits.table_bits,
                                                    ContextMixer::kMinTableBits,
                                                    MostTableBits(symbols)));
  }
  return p;
}

bool IsAllowed(const TokenParameters& p, const LanguageModel& model) {
  const TransformerSpec& spec = model.transformer()->spec();
  const bool fits_memory =
      p.lanes_per_group == 1 ||
      p.lanes_per_group * LaneBytes(spec, p.context) <= kLaneBytes;
  return fits_memory && p.symbols > 0 && p.lanes > 0 && p.lanes <= p.symbols &&
         p.lanes <= TokenParameters::kMaxLanes && p.lanes_per_group > 0 &&
         p.lanes_per_group <=
             std::min(p.lanes, TokenParameters::kMaxLanesPerGroup) &&
         p.context > 1 &&
         p.context <= std::min(spec.max_positions, kMaxContext) &&
         p.kept < p.context - 1 &&
         (p.table_bits == 0 ||
          (p.table_bits >= ContextMixer::kMinTableBits &&
           p.table_bits <= static_cast<uint32_t>(MostTableBits(p.symbols))));
}

void AppendTokenParameters(const TokenParameters& p,
                           std::vector<uint8_t>* payload) {
  for (const uint32_t value : {p.symbols, p.lanes, p.lanes_per_group, p.context,
                               p.kept, p.table_bits}) {
    AppendVarint(value, payload);
  }
}

Result<TokenParameters> ReadTokenParameters(std::span<const uint8_t> payload,
                                            size_t* at) {
  TokenParameters p;
  for (uint32_t* field : {&p.symbols, &p.lanes, &p.lanes_per_group, &p.context,
                          &p.kept, &p.table_bits}) {
    uint64_t value = 0;
    if (ReadVarint(payload, at, &value) != VarintResult::kOk ||
        value > UINT32_MAX) {
      return Status(Code::kCorrupt, "frame: bad parameters");
    }
    *field = static_cast<uint32_t>(value);
  }
  return p;
}

Status EncodeTokens(const LanguageModel& model,
                    const TokenParameters& parameters,
                    std::span<const uint32_t> symbols, uint64_t raw_size,
                    const FrameContext& context,
                    std::vector<std::vector<uint8_t>>* streams) {
  streams->assign(parameters.groups(), {});
  return CodeGroups(model, parameters, raw_size, context, [&](size_t group) {
    return TokenEncoder(symbols, &(*streams)[group]);
  });
}

Status CheckTokenStreams(const LanguageModel& model,
                         const TokenParameters& parameters,
                         std::span<const std::span<const uint8_t>> streams) {
  for (size_t group = 0; group < streams.size(); ++group) {
    uint64_t symbols = 0;
    for (const TokenLane& lane : SplitGroup(parameters, group)) {
      symbols += lane.size;
    }
    // With context models each symbol has a bit at least: whether it is
    // escaped.
    const uint64_t bytes = streams[group].size();
    const uint32_t vocab = model.transformer()->spec().vocab;
    if (!(parameters.table_bits > 0 ? HoldsBits(bytes, symbols)
                                    : HoldsTokens(bytes, symbols, vocab))) {
      return {Code::kCorrupt, "frame: a stream is too short for its lanes"};
    }
  }
  return Status();
}

Status DecodeTokens(const LanguageModel& model,
                    const TokenParameters& parameters,
                    std::span<const std::span<const uint8_t>> streams,
                    uint64_t raw_size, const FrameContext& context,
                    std::span<uint32_t> symbols) {
  return CodeGroups(model, parameters, raw_size, context, [&](size_t group) {
    return TokenSource(symbols, streams[group], raw_size);
  });
}

uint64_t TokenMemory(const LanguageModel& model,
                     const TokenParameters& parameters, uint64_t raw_size,
                     int threads) {
  const TransformerSpec& spec = model.transformer()->spec();
  const uint64_t groups =
      std::min<uint64_t>(parameters.groups(), std::max(threads, 1));
  uint64_t of_group =
      TokenDecoder::MemoryBytes(spec, parameters.lanes_per_group,
                                parameters.context, kRows) +
      kLogitFloats * sizeof(float);
  uint64_t of_frame = uint64_t{parameters.symbols} * sizeof(uint32_t);
  if (parameters.table_bits > 0) {
    of_group += TokenMixer::MemoryBytes(
        spec.vocab, static_cast<int>(parameters.table_bits));
    of_frame += 2 * raw_size;  // what has been coded, in vectors that grow
  }
  return groups * of_group + of_frame;
}

}  // namespace lentil

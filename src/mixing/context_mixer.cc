// SPDX-License-Identifier: Apache-2.0
#include "mixing/context_mixer.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace lentil {
namespace {

constexpr int32_t kOne = 1 << 16;  // of weights and probabilities
constexpr int32_t kFirstWeight = kOne / 16;
constexpr int32_t kFirstTransformerWeight = kOne * 5 / 8;
constexpr int32_t kBias = 256;
constexpr int kConfidences = 8;  // of the transformer, in steps of log-odds
constexpr uint32_t kCalibrationTrust = 8;  // bits that a first value is worth

// Rates, as shifts: 2^-shift of the error.
constexpr int kStrengthShift = 6;
constexpr int kCorrectionShift = 6;
constexpr int kFinalShift = 18;
constexpr int32_t kMixRate = 15;  // sixteenths

void MoveTowards(uint16_t* p, bool bit, int shift) {
  const int32_t target = bit ? kOne - 1 : 0;
  *p = static_cast<uint16_t>(*p + ((target - *p) >> shift));
}

int Confidence(int32_t x) {
  static constexpr int32_t kSteps[] = {92, 185, 370, 554, 740, 1108, 1732};
  const int32_t size = std::abs(x);
  int step = 0;
  while (step < kConfidences - 1 && size >= kSteps[step]) ++step;
  return step;
}

// 0 for none, then single lengths, then steps of a factor.
size_t LengthStep(uint32_t length) {
  if (length < 16) return length;
  return std::min<size_t>(31,
                          8 + 2 * static_cast<size_t>(std::bit_width(length)));
}

// A place is worth less than a bucket: half as many cost 0.1 % in size.
int MatchBits(int table_bits) { return table_bits - 1; }

// The identity: step i is the probability whose log-odds are 256 (i − 16).
AlignedArray<uint16_t> FreshCorrections(size_t contexts, size_t steps) {
  AlignedArray<uint16_t> map(contexts * steps);
  for (size_t i = 0; i < map.size(); ++i) {
    const auto x = static_cast<int32_t>(i % steps) * 256 - 4096;
    map[i] = static_cast<uint16_t>(Squash(Logistic(), ClampStretch(x)));
  }
  return map;
}

}  // namespace

ContextMixer::ContextMixer(const Kernels& kernels,
                           const std::vector<const uint8_t*>& texts,
                           int table_bits, Layout layout, Trust trust)
    : kernels_(kernels),
      layout_(layout),
      logistic_(Logistic()),
      table_(table_bits),
      match_(static_cast<uint32_t>(texts.size()), MatchBits(table_bits)),
      lanes_(texts.size()),
      hash_(texts.size()),
      order0_(256, kFreshCounter),
      order1_(256 * 256, kFreshCounter),
      calibrated_(kContexts * 16 * 64),
      final_weights_(256 * kSets, kOne / static_cast<int32_t>(kSets)),
      corrected0_(FreshCorrections(256, kSteps)),
      correction_bits_(std::min(16, table_bits)) {
  corrected1_ = FreshCorrections(size_t{1} << correction_bits_, kSteps);
  for (const uint8_t* text : texts) texts_.push_back({text, 0});
  for (size_t i = 0; i < calibrated_.size(); ++i) {
    calibrated_[i] = SlowProbability(static_cast<uint32_t>(i % 64 * 1024 + 512),
                                     kCalibrationTrust);
  }
  for (size_t i = 0; i < match_strength_.size(); ++i) {
    match_strength_[i] = static_cast<uint16_t>(kOne - kOne / (2 + i));
  }
  const bool is_alone = trust == Trust::kTransformer;
  const std::array<size_t, kSets> counts = {256, 32 * kConfidences,
                                            8 * 8 * kConfidences, 256 * 8};
  for (size_t s = 0; s < kSets; ++s) {
    weights_[s].assign(counts[s] * kInputs, is_alone ? 0 : kFirstWeight);
    for (size_t i = 0; i < counts[s]; ++i) {
      weights_[s][i * kInputs] = is_alone ? kOne : kFirstTransformerWeight;
    }
  }
  for (uint32_t i = 0; i < lanes_.size(); ++i) HashLane(i);
}

size_t ContextMixer::MemoryBytes(int table_bits) {
  const size_t buckets = size_t{1} << table_bits;
  const size_t places = size_t{1} << MatchBits(table_bits);
  const size_t corrections = size_t{1} << std::min(16, table_bits);
  return buckets * sizeof(Bucket) +
         places * (sizeof(TextPlace) + sizeof(uint32_t)) +
         corrections * kSteps * sizeof(uint16_t) + (640u << 10);
}

void ContextMixer::HashLane(uint32_t lane) {
  hash_[lane] = HashContexts(lanes_[lane], texts_[lane], layout_);
  for (const uint32_t hash : hash_[lane]) table_.Prefetch(hash);
}

void ContextMixer::BeginRecord(uint32_t lane, const uint8_t* text) {
  LaneText& at = texts_[lane];
  if (text != nullptr) at = {text, 0, 0};
  at.begin = at.size;
  lanes_[lane] = LaneState();
  lanes_[lane].line = at.size;
  lanes_[lane].previous_line = at.size;
  match_.Fail(lane);
  HashLane(lane);
}

void ContextMixer::Learn(const ContextMixer& other) {
  table_ = other.table_;
  match_ = other.match_;
  order0_ = other.order0_;
  order1_ = other.order1_;
  calibrated_ = other.calibrated_;
  match_strength_ = other.match_strength_;
  weights_ = other.weights_;
  final_weights_ = other.final_weights_;
  corrected0_ = other.corrected0_;
  corrected1_ = other.corrected1_;
}

void ContextMixer::BeginByte(uint32_t lane, const FrequencyTable* table) {
  lane_ = lane;
  frequencies_ = table;
  node_ = 1;
  bits_done_ = 0;
  predicted_ = match_.Find(texts_, lane, journal_);
}

// Of the first four bits, then of the last four after those.
void ContextMixer::FindBuckets() {
  ContextHashes hash = hash_[lane_];
  if (bits_done_ == 4) {
    for (uint32_t& h : hash) h = Scramble(uint64_t{h} << 8 | node_);
    for (const uint32_t h : hash) table_.Prefetch(h);
  }
  for (size_t i = 0; i < kHashed; ++i) {
    if (journal_ != nullptr) journal_->Keep(table_.Candidates(hash[i]), 2);
    bucket_[i] = table_.Find(hash[i]);
  }
}

// Log-odds of the next bit in the transformer's distribution.
int32_t ContextMixer::TransformerInput() {
  if (frequencies_ == nullptr) return 0;
  // Symbols that begin with the bits so far: `width` for each value of the
  // next.
  const uint32_t width = 128u >> bits_done_;
  const uint32_t first = (node_ << (8 - bits_done_)) & 255;
  const FrequencyTable& t = *frequencies_;
  uint32_t zeros = 0;
  uint32_t ones = 0;
  if (width >= 16) {
    const auto before = [&](uint32_t symbol) {
      return symbol == 256 ? 1u << kTotalBits : t.block[symbol / 16];
    };
    const uint32_t middle = before(first + width);
    zeros = middle - before(first);
    ones = before(first + 2 * width) - middle;
  } else {
    for (uint32_t i = 0; i < width; ++i) {
      zeros += t.frequency[first + i];
      ones += t.frequency[first + width + i];
    }
  }
  return ClampStretch(Log2(logistic_, ones) - Log2(logistic_, zeros));
}

// Two inputs of each context that has been seen, else zeros. Returns the
// highest order that has been.
[[gnu::always_inline]] inline size_t ContextMixer::CounterInputs(int32_t* x) {
  const uint32_t low_bits = bits_done_ % 4;
  // Within a bucket: the bits since it began, after a one.
  const uint32_t in_bucket =
      (1u << low_bits | (node_ & ((1u << low_bits) - 1))) - 1;
  counter_[0] = &order1_[size_t{last_byte()} * 256 + node_];
  for (size_t i = 0; i < kHashed; ++i) {
    counter_[1 + i] = &bucket_[i]->counter[in_bucket];
  }
  size_t longest = 0;
  for (size_t i = 0; i < kContexts; ++i) {
    const Counter c = *counter_[i];
    const int n = CountOf(c);
    calibration_[i] =
        &calibrated_[(i * 16 + static_cast<size_t>(n)) * 64 + (c >> 10)];
    const int32_t seen = n == 0 ? 0 : -1;  // a mask: a branch is hard to guess
    *x++ = Stretch(logistic_, calibration_[i]->p()) & seen;
    *x++ = (Stretch(logistic_, ProbabilityOf(c)) * (n + 1) >> 5) & seen;
    if (i < kOrders) longest = n == 0 ? longest : i + 1;
  }
  return longest;
}

// The input of the match, if it predicts this bit, else 0. Returns the step of
// its length.
[[gnu::always_inline]] inline size_t ContextMixer::MatchInput(int32_t* x) {
  strength_ = nullptr;
  *x = 0;
  if (predicted_ < 0 ||
      (static_cast<uint32_t>(predicted_) | 256u) >> (8 - bits_done_) != node_) {
    return 0;
  }
  const size_t length = LengthStep(match_.length(lane_));
  strength_ = &match_strength_[length];
  const int32_t odds = Stretch(logistic_, *strength_);
  *x = predicted_ >> (7 - bits_done_) & 1 ? odds : -odds;
  return length;
}

uint32_t ContextMixer::Predict() {
  if (bits_done_ % 4 == 0) FindBuckets();
  const uint32_t last = last_byte();
  const size_t context =
      (last << 8 | node_) * 0x9E3779B1u >> (32 - correction_bits_);
  __builtin_prefetch(&corrected1_[context * kSteps]);
  __builtin_prefetch(&corrected1_[context * kSteps + kSteps - 1]);
  input_[0] = TransformerInput();
  input_[1] = kBias;
  input_[2] = Stretch(logistic_, ProbabilityOf(order0_[node_]));
  const size_t longest = CounterInputs(&input_[3]);
  const size_t length = MatchInput(&input_[3 + 2 * kContexts]);
  const auto sure = static_cast<size_t>(Confidence(input_[0]));
  const auto bit = static_cast<size_t>(bits_done_);
  const std::array<size_t, kSets> chosen = {
      node_, length * kConfidences + sure,
      (longest * 8 + bit) * kConfidences + sure, size_t{last} * 8 + bit};
  for (size_t s = 0; s < kSets; ++s) {
    set_[s] = &weights_[s][chosen[s] * kInputs];
  }
  Mix();
  by_node_ = Correct(corrected0_, node_, final_);
  by_byte_ = Correct(corrected1_, context, final_);
  const uint32_t p =
      (Squash(logistic_, final_) + by_node_.p + 2 * by_byte_.p) / 4;
  return ClampProbability(p);
}

// Each set's mix, then the mix of those.
void ContextMixer::Mix() {
  int64_t sum = 0;
  for (size_t s = 0; s < kSets; ++s) {
    mixed_[s] = ClampStretch(kernels_.mix(set_[s], input_.data(), kInputs));
    sum += int64_t{final_weights_[node_ * kSets + s]} * mixed_[s];
  }
  final_ = ClampStretch(static_cast<int32_t>(
      std::clamp<int64_t>(sum >> 16, -kMaxStretch, kMaxStretch)));
}

ContextMixer::Correction ContextMixer::Correct(AlignedArray<uint16_t>& map,
                                               size_t context, int32_t x) {
  const auto at = static_cast<uint32_t>(x + 4096);
  uint16_t* const step = &map[context * kSteps + at / 256];
  const uint32_t part = at % 256;
  return {(step[0] * (256 - part) + step[1] * part) >> 8,
          part < 128 ? step : step + 1};
}

// What Update changes, but for the buckets, which FindBuckets has kept.
void ContextMixer::KeepBit() {
  for (int32_t* weights : set_) journal_->Keep(weights, kInputs);
  journal_->Keep(&final_weights_[node_ * kSets], kSets);
  journal_->Keep(by_node_.nearer);
  journal_->Keep(by_byte_.nearer);
  journal_->Keep(&order0_[node_]);
  journal_->Keep(counter_[0]);
  for (SlowProbability* slow : calibration_) journal_->Keep(slow);
  if (strength_ != nullptr) journal_->Keep(strength_);
}

void ContextMixer::Update(bool bit) {
  if (journal_ != nullptr) KeepBit();
  const int32_t target = bit ? kOne : 0;
  for (size_t s = 0; s < kSets; ++s) {
    const auto p = static_cast<int32_t>(Squash(logistic_, mixed_[s]));
    kernels_.train_mix(set_[s], input_.data(), (target - p) * kMixRate >> 4,
                       kInputs);
  }
  const int32_t error =
      target - static_cast<int32_t>(Squash(logistic_, final_));
  for (size_t s = 0; s < kSets; ++s) {
    final_weights_[node_ * kSets + s] +=
        static_cast<int32_t>(int64_t{mixed_[s]} * error >> kFinalShift);
  }
  MoveTowards(by_node_.nearer, bit, kCorrectionShift);
  MoveTowards(by_byte_.nearer, bit, kCorrectionShift);
  Count(order0_[node_], bit);
  for (size_t i = 0; i < kContexts; ++i) {
    calibration_[i]->Count(bit);
    Count(*counter_[i], bit);
  }
  if (strength_ != nullptr) {
    const bool right = (predicted_ >> (7 - bits_done_) & 1) == (bit ? 1 : 0);
    MoveTowards(strength_, right, kStrengthShift);
    if (!right) {
      match_.Fail(lane_);
      predicted_ = -1;
    }
  }
  node_ = node_ << 1 | (bit ? 1 : 0);
  if (++bits_done_ == 8) EndByte();
}

void ContextMixer::EndByte() {
  LaneText& text = texts_[lane_];
  ++text.size;
  lanes_[lane_].Add(static_cast<uint8_t>(node_), text.size);
  match_.Advance(lane_);
  HashLane(lane_);
}

}  // namespace lentil

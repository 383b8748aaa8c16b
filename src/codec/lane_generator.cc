// SPDX-License-Identifier: Apache-2.0
// What a model, context models, or both together expect a text to go on with.

#include "codec/lane_generator.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "base/fp_mode.h"

namespace lentil {

LaneGenerator::LaneGenerator(std::shared_ptr<const Model> model,
                             size_t capacity)
    : capacity_(capacity) {
  text_.reserve(std::max<size_t>(capacity, 1));
  if (model) decoder_.emplace(std::move(model), 1, kMaxBatch);
}

Result<std::unique_ptr<LaneGenerator>> LaneGenerator::Make(
    std::shared_ptr<const Model> model, int table_bits, size_t capacity) {
  assert(model || table_bits > 0);
  if (capacity > kMaxText) {
    return Status(Code::kInvalidArgument,
                  "the text would have " + std::to_string(capacity) +
                      " bytes; " + std::to_string(kMaxText) + " is the most");
  }
  LENTIL_ASSIGN_OR_RETURN(const Kernels* kernels, KernelsOf(model.get()));
  std::unique_ptr<LaneGenerator> made(
      new LaneGenerator(std::move(model), capacity));
  if (table_bits > 0) {
    made->mixer_.emplace(
        *kernels, std::vector<const uint8_t*>{made->text_.data()}, table_bits);
  }
  return made;
}

// The context models' lane begins byte `at` of the text, and learns it.
void LaneGenerator::LearnByte(size_t at, const FrequencyTable* table) {
  mixer_->BeginByte(0, table);
  mixer_->LearnByte(text_[at]);
}

// next_ ← the model's table for the byte after the text. The tables of bytes
// that are known by now go to the context models on the way.
void LaneGenerator::Predict() {
  while (predicted_ <= text_.size()) {
    std::array<DecoderRow, kMaxBatch> rows;
    const size_t count =
        std::min<size_t>(kMaxBatch, text_.size() + 1 - predicted_);
    for (size_t i = 0; i < count; ++i) {
      rows[i] = {0, static_cast<uint32_t>(predicted_ + i), text_.data()};
    }
    decoder_->Forward(std::span(rows).first(count), tables_.data());
    for (size_t i = 0; i < count; ++i) {
      const size_t at = predicted_ + i;
      if (mixer_ && at < text_.size()) LearnByte(at, &tables_[i]);
    }
    predicted_ += count;
    next_ = &tables_[count - 1];
  }
}

Status LaneGenerator::Append(std::span<const uint8_t> bytes) {
  if (bytes.size() > capacity_ - text_.size()) {
    return Status(Code::kInvalidArgument, "the text is longer than was said");
  }
  if (bytes.empty()) return Status();
  const ScopedFpMode fp_mode;
  // The context models have not learnt the byte whose table is at hand.
  const bool has_table = decoder_ && predicted_ == text_.size() + 1;
  const size_t first = text_.size();
  text_.insert(text_.end(), bytes.begin(), bytes.end());
  if (mixer_ && has_table) LearnByte(first, next_);
  if (decoder_) {
    Predict();
  } else {
    for (size_t at = first; at < text_.size(); ++at) LearnByte(at, nullptr);
  }
  return Status();
}

// The weights of the two bytes that begin with these seven bits. What the
// context models learn on the way is put back.
void LaneGenerator::WeighPair(uint32_t high_bits, Weights* weights) {
  constexpr int kSpare = 16;  // digits that products keep below a weight's
  uint64_t product = uint64_t{kMaxSampleWeight} << kSpare;
  mixer_->BeginByte(0, next_);
  for (int i = 6; i >= 0; --i) {
    const bool bit = (high_bits >> i & 1) != 0;
    const uint32_t one = mixer_->Predict();
    product = product * (bit ? one : 65536 - one) >> 16;
    mixer_->Update(bit);
  }
  const uint32_t one = mixer_->Predict();
  const auto weigh = [product](uint32_t p) {
    const uint64_t weight = product * p >> (16 + kSpare);
    return static_cast<uint32_t>(std::max<uint64_t>(weight, 1));
  };
  (*weights)[2 * high_bits] = weigh(65536 - one);
  (*weights)[2 * high_bits + 1] = weigh(one);
  journal_.Undo();
}

void LaneGenerator::WeighByMixing(Weights* weights) {
  mixer_->Note(&journal_);
  for (uint32_t high_bits = 0; high_bits < 128; ++high_bits) {
    WeighPair(high_bits, weights);
  }
  mixer_->Note(nullptr);
}

void LaneGenerator::Weigh(Weights* weights) {
  const ScopedFpMode fp_mode;
  if (decoder_) Predict();
  if (mixer_) {
    WeighByMixing(weights);
  } else {
    std::copy_n(next_->frequency, weights->size(), weights->begin());
  }
}

Status LaneGenerator::Draw(Sampler* sampler, std::vector<uint8_t>* out) {
  if (text_.size() == capacity_) {
    return Status(Code::kInvalidArgument, "the text is longer than was said");
  }
  Weights weights;
  Weigh(&weights);
  const auto byte = static_cast<uint8_t>(sampler->Draw(weights));
  out->push_back(byte);
  return Append({&byte, 1});
}

}  // namespace lentil

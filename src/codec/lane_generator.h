// SPDX-License-Identifier: Apache-2.0
// What a model, context models, or both together expect a text to go on with.

#ifndef LENTIL_CODEC_LANE_GENERATOR_H_
#define LENTIL_CODEC_LANE_GENERATOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "kernels/kernels.h"
#include "mixing/context_mixer.h"
#include "mixing/journal.h"
#include "model/decoder.h"
#include "model/generator.h"
#include "model/model.h"

namespace lentil {

// The text is one lane from its first byte on, so what is drawn at temperature
// 1 is what decoding random bits would give. Takes the time of a compression of
// the text with one lane, and with context models about 1 ms more per byte
// drawn. The text keeps the context models' layout for text.
class LaneGenerator final : public Generator {
 public:
  static constexpr size_t kMaxText = size_t{64} << 20;

  // `model` may be null, `table_bits` 0 for no context models (see
  // ContextMixer), but not both. `capacity`: bytes that the text will have at
  // most, ≤ kMaxText. kInvalidArgument for more, or if LENTIL_KERNELS names none of
  // this machine.
  static Result<std::unique_ptr<LaneGenerator>> Make(
      std::shared_ptr<const Model> model, int table_bits, size_t capacity);

  // kInvalidArgument beyond the capacity.
  Status Append(std::span<const uint8_t> bytes) override;
  Status Draw(Sampler* sampler, std::vector<uint8_t>* out) override;

  // What the next byte may be: the model's frequencies, or with context models
  // 2^31 times the product of the probabilities of its bits, at least 1.
  using Weights = std::array<uint32_t, kNumBytes>;
  void Weigh(Weights* weights);

 private:
  LaneGenerator(std::shared_ptr<const Model> model, size_t capacity);

  void Predict();
  void LearnByte(size_t at, const FrequencyTable* table);
  void WeighByMixing(Weights* weights);
  void WeighPair(uint32_t high_bits, Weights* weights);

  std::vector<uint8_t> text_;  // never moves: its capacity is reserved
  const size_t capacity_;
  std::optional<Decoder> decoder_;
  std::optional<ContextMixer> mixer_;
  Journal journal_;
  std::array<FrequencyTable, kMaxBatch> tables_;
  size_t predicted_ = 0;  // positions 0 … predicted_ − 1 have had their tables
  const FrequencyTable* next_ = nullptr;  // of the byte after the text
};

}  // namespace lentil

#endif  // LENTIL_CODEC_LANE_GENERATOR_H_

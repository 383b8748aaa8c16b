// SPDX-License-Identifier: Apache-2.0
// The training loop's body: draw, sum gradients, update.

#include "train/trainer.h"

#include <algorithm>
#include <cassert>

namespace lentil {
namespace {

constexpr double kBitsPerNat = 1.4426950408889634;

}  // namespace

const BatchStage& StageAt(const std::vector<BatchStage>& stages,
                          uint64_t bytes) {
  const BatchStage* now = &stages.front();
  for (const BatchStage& stage : stages) {
    if (bytes >= stage.from_bytes) now = &stage;
  }
  return *now;
}

Trainer::Trainer(TrainCheckpoint checkpoint, const Corpus* corpus,
                 const TrainOptions& options)
    : checkpoint_(std::move(checkpoint)),
      layout_(checkpoint_.config, checkpoint_.vocabulary),
      engine_(EngineFor(layout_.config.head_dim)),
      corpus_(corpus),
      options_(options),
      optimizer_(layout_, options.optimizer),
      pool_(std::max(0, options.threads - 1)) {
  if (!checkpoint_.first.empty()) {
    optimizer_.first().swap(checkpoint_.first);
    optimizer_.second().swap(checkpoint_.second);
  }
}

void Trainer::BeginDecay(uint64_t bytes) {
  checkpoint_.state.decay_start = checkpoint_.state.bytes;
  checkpoint_.state.decay_bytes = std::max<uint64_t>(1, bytes);
}

bool Trainer::finished() const {
  const TrainState& s = checkpoint_.state;
  return decaying() && s.bytes >= s.decay_start + s.decay_bytes;
}

float Trainer::Rate() const {
  const TrainState& s = checkpoint_.state;
  float rate = 1.0f;
  if (s.steps < options_.warmup_steps) {
    rate = static_cast<float>(s.steps + 1) /
           static_cast<float>(options_.warmup_steps);
  }
  if (decaying()) {
    const double left = 1.0 - static_cast<double>(s.bytes - s.decay_start) /
                                  static_cast<double>(s.decay_bytes);
    rate *= static_cast<float>(std::max(left, 0.0));
  }
  return rate;
}

const std::vector<float>& Trainer::ForwardParameters(bool quantize) {
  if (!quantize) return checkpoint_.parameters;
  rounded_ = checkpoint_.parameters;
  FakeQuantize(layout_, &rounded_);
  return rounded_;
}

// Mean gradient of one batch, into gradients_[0]; returns the sum of nats.
double Trainer::BatchGradient(const Shard& batch, bool quantize) {
  const std::vector<float>& parameters = ForwardParameters(quantize);
  const size_t total = batch.size();
  const size_t shard =
      std::max(kShardBytes / batch.length, size_t{1}) * batch.length;
  const size_t shards = (total + shard - 1) / shard;
  if (gradients_.size() < shards) {
    gradients_.resize(shards, std::vector<float>(layout_.size));
    workspaces_.resize(shards);
  }
  std::vector<double> nats(shards);
  const float scale = 1.0f / static_cast<float>(total);
  pool_.ParallelFor(shards, [&](size_t i) {
    std::fill(gradients_[i].begin(), gradients_[i].end(), 0.0f);
    nats[i] =
        engine_.loss(layout_, parameters.data(), batch.Part(i * shard, shard),
                     quantize, scale, gradients_[i].data(), workspaces_[i]);
  });
  double sum = nats[0];
  for (size_t i = 1; i < shards; ++i) {
    sum += nats[i];
    for (size_t j = 0; j < layout_.size; ++j) {
      gradients_[0][j] += gradients_[i][j];
    }
  }
  return sum;
}

StepReport Trainer::Step() {
  const TrainState& state = checkpoint_.state;
  const BatchStage& stage = StageAt(options_.stages, state.bytes);
  const size_t size = stage.sequences * stage.length;
  std::vector<uint8_t> bytes(layout_.of_tokens() ? 0 : size);
  std::vector<uint32_t> tokens(layout_.of_tokens() ? size : 0);
  for (size_t i = 0; i < stage.sequences; ++i) {
    const uint64_t number = state.sequences + i;
    const size_t at = i * stage.length;
    if (layout_.of_tokens()) {
      corpus_->TrainingSequence(state.seed, number, stage.length,
                                tokens.data() + at);
    } else {
      corpus_->TrainingSequence(state.seed, number, stage.length,
                                bytes.data() + at);
    }
  }
  return StepOn({bytes, stage.length, tokens});
}

StepReport Trainer::StepOn(const Shard& batch) {
  assert(batch.size() > 0 && batch.size() % batch.length == 0);
  TrainState& state = checkpoint_.state;
  const double nats = BatchGradient(batch, IsRounded());
  StepReport report;
  report.bits_per_byte = nats * kBitsPerNat / static_cast<double>(batch.size());
  report.rate = Rate();
  state.steps += 1;
  report.gradient_norm =
      optimizer_.Step(report.rate, state.steps, &gradients_[0],
                      &checkpoint_.parameters, &pool_);
  state.sequences += batch.count();
  state.bytes += batch.size();
  return report;
}

double Trainer::Validate(size_t sequences, size_t length, bool quantize) {
  const std::vector<float>& parameters = ForwardParameters(quantize);
  std::vector<double> nats(sequences);
  pool_.ParallelFor(sequences, [&](size_t i) {
    std::vector<uint8_t> bytes(layout_.of_tokens() ? 0 : length);
    std::vector<uint32_t> tokens(layout_.of_tokens() ? length : 0);
    if (layout_.of_tokens()) {
      corpus_->ValidationSequence(i, sequences, length, tokens.data());
    } else {
      corpus_->ValidationSequence(i, sequences, length, bytes.data());
    }
    Workspace workspace;
    nats[i] = engine_.loss(layout_, parameters.data(), {bytes, length, tokens},
                           quantize, 0.0f, nullptr, workspace);
  });
  double sum = 0;
  for (double n : nats) sum += n;
  return sum * kBitsPerNat / static_cast<double>(sequences * length);
}

const TrainCheckpoint& Trainer::Snapshot() {
  checkpoint_.first = optimizer_.first();
  checkpoint_.second = optimizer_.second();
  return checkpoint_;
}

}  // namespace lentil

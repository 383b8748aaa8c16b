// SPDX-License-Identifier: Apache-2.0
// A training run: warm-up, stable, decay; sequences in fixed shards; a state
// that can be saved and resumed to the bit.

#ifndef LENTIL_TRAIN_TRAINER_H_
#define LENTIL_TRAIN_TRAINER_H_

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/thread_pool.h"
#include "train/corpus.h"
#include "train/engine.h"
#include "train/optimizer.h"
#include "train/parameters.h"
#include "train/train_checkpoint.h"

namespace lentil {

// Bytes mean symbols in this file: tokens, if the model has a vocabulary.

// From `from_bytes` on, a step takes `sequences` sequences of `length` bytes.
struct BatchStage {
  uint64_t from_bytes;
  size_t length;
  size_t sequences;
};

struct TrainOptions {
  OptimizerOptions optimizer;
  uint64_t warmup_steps = 100;
  // Small steps teach most at first; longer sequences and steps come later.
  std::vector<BatchStage> stages = {
      {0, 256, 4}, {2u << 20, 512, 4}, {16u << 20, 1024, 4}};
  int threads = 1;
};

// Tokens of one shard: what one thread takes at a time, and one gradient sum.
// Fixed, so that results do not depend on the number of threads.
inline constexpr size_t kShardBytes = 1024;

struct StepReport {
  double bits_per_byte;  // of this step's batch, before the update
  double gradient_norm;
  float rate;
};

// The stage of a run that has trained on so many bytes.
const BatchStage& StageAt(const std::vector<BatchStage>& stages,
                          uint64_t bytes);

class Trainer {
 public:
  // `checkpoint` is a fresh or a loaded state; the corpus must outlive the
  // trainer.
  Trainer(TrainCheckpoint checkpoint, const Corpus& corpus,
          const TrainOptions& options)
      : Trainer(std::move(checkpoint), &corpus, options) {}
  // Without a corpus: for StepOn.
  Trainer(TrainCheckpoint checkpoint, const TrainOptions& options)
      : Trainer(std::move(checkpoint), nullptr, options) {}

  // Starts the decay now: the rate falls linearly to zero over `bytes`, and the
  // forward pass of a model of bytes rounds as the int8 decoder does. Once
  // only.
  void BeginDecay(uint64_t bytes);
  bool decaying() const { return checkpoint_.state.decay_bytes > 0; }
  bool finished() const;
  // Whether the forward pass rounds: from the decay on, if of bytes.
  bool IsRounded() const { return decaying() && !layout_.of_tokens(); }

  // One update on sequences drawn from the corpus.
  StepReport Step();

  // One update on these sequences.
  StepReport StepOn(const Shard& batch);

  // Bits per byte on the validation set, rounded as int8 if `quantize`.
  double Validate(size_t sequences, size_t length, bool quantize);

  const TrainState& state() const { return checkpoint_.state; }
  const ParameterLayout& layout() const { return layout_; }
  // Parameters and moments as they are now.
  const TrainCheckpoint& Snapshot();

 private:
  Trainer(TrainCheckpoint checkpoint, const Corpus* corpus,
          const TrainOptions& options);
  float Rate() const;
  double BatchGradient(const Shard& batch, bool quantize);
  const std::vector<float>& ForwardParameters(bool quantize);

  TrainCheckpoint checkpoint_;
  const ParameterLayout layout_;
  const Engine& engine_;
  const Corpus* corpus_;
  const TrainOptions options_;
  Optimizer optimizer_;
  ThreadPool pool_;
  std::vector<float> rounded_;  // parameters as int8 would hold them
  std::vector<std::vector<float>> gradients_;  // one per shard
  std::vector<Workspace> workspaces_;          // one per shard
};

}  // namespace lentil

#endif  // LENTIL_TRAIN_TRAINER_H_

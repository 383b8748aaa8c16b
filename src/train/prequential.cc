// SPDX-License-Identifier: Apache-2.0
// Description lengths of data by a model that learns them.

#include "train/prequential.h"

#include <algorithm>

#include "train/random.h"

namespace lentil {
namespace {

using Bytes = std::span<const uint8_t>;

class Coding {
 public:
  Coding(Bytes data, const DecoderConfig& config,
         const PrequentialOptions& options, const PrequentialCallback& callback)
      : data_(data),
        options_(options),
        callback_(callback),
        total_(options.epochs * data.size()),
        trainer_(Fresh(config, options.seed), options.train) {}

  Result<PrequentialResult> Run() {
    LENTIL_RETURN_IF_ERROR(Pass(data_, true));
    for (uint32_t epoch = 1; epoch < options_.epochs; ++epoch) {
      const size_t cut = RandomBits(options_.seed, epoch) % data_.size();
      LENTIL_RETURN_IF_ERROR(Pass(data_.subspan(cut), false));
      LENTIL_RETURN_IF_ERROR(Pass(data_.first(cut), false));
    }
    result_.model = trainer_.Snapshot();
    return std::move(result_);
  }

 private:
  static TrainCheckpoint Fresh(const DecoderConfig& config, uint64_t seed) {
    TrainCheckpoint fresh;
    fresh.config = config;
    fresh.state.seed = seed;
    fresh.parameters = InitialParameters(ParameterLayout(config), seed);
    return fresh;
  }

  // Steps over all of `bytes`: whole batches, then whole sequences, then the
  // rest as one of its own.
  Status Pass(Bytes bytes, bool counts) {
    while (!bytes.empty()) {
      if (!counts) MaybeDecay();
      const BatchStage& stage =
          StageAt(options_.train.stages, trainer_.state().bytes);
      const size_t length = std::min(stage.length, bytes.size());
      const size_t sequences = std::min(stage.sequences, bytes.size() / length);
      const size_t size = sequences * length;
      const StepReport report = trainer_.StepOn({bytes.first(size), length});
      if (counts) Count(report.bits_per_byte * static_cast<double>(size));
      bytes = bytes.subspan(size);
      if (!callback_(trainer_.state().bytes, total_)) {
        return Status(Code::kCancelled, "stopped");
      }
    }
    return Status();
  }

  // What is not trained on yet, once it is no more than the decay's share.
  void MaybeDecay() {
    if (trainer_.decaying()) return;
    const uint64_t left = total_ - trainer_.state().bytes;
    if (static_cast<double>(left) <=
            options_.decay_fraction * static_cast<double>(total_) ||
        trainer_.state().bytes + data_.size() >= total_) {
      trainer_.BeginDecay(left);
    }
  }

  void Count(double bits) {
    result_.bits += bits;
    const uint64_t bytes = trainer_.state().bytes;
    if (bytes < next_point_ && bytes < data_.size()) return;
    result_.curve.push_back({bytes, result_.bits});
    next_point_ = bytes + bytes / 4;
  }

  const Bytes data_;
  const PrequentialOptions& options_;
  const PrequentialCallback& callback_;
  const uint64_t total_;
  Trainer trainer_;
  PrequentialResult result_;
  uint64_t next_point_ = 0;
};

}  // namespace

Result<PrequentialResult> CodePrequentially(
    Bytes data, const DecoderConfig& config, const PrequentialOptions& options,
    const PrequentialCallback& callback) {
  if (data.empty()) return Status(Code::kInvalidArgument, "no data");
  if (options.epochs < 2 || !(options.decay_fraction > 0)) {
    return Status(Code::kInvalidArgument,
                  "needs two epochs or more, and a decay");
  }
  return Coding(data, config, options, callback).Run();
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Description lengths of data by a model that learns them: prequential, then
// as a model to be stored.

#ifndef LENTIL_TRAIN_PREQUENTIAL_H_
#define LENTIL_TRAIN_PREQUENTIAL_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"
#include "train/trainer.h"

namespace lentil {

struct PrequentialOptions {
  uint64_t seed = 1;  // of the first parameters
  // Small steps of single sequences at first and a short warm-up: weights that
  // predict should be new (docs/experiments.md, "Prequential steps").
  TrainOptions train = {.optimizer = {},
                        .warmup_steps = 10,
                        .stages = {{0, 128, 1},
                                   {32u << 10, 256, 1},
                                   {128u << 10, 512, 1},
                                   {2u << 20, 1024, 1},
                                   {16u << 20, 1024, 4}}};
  // Passes over the data in all; those behind the first make the model of the
  // two-part code. At least 2.
  uint32_t epochs = 4;
  // Of all bytes of these, at most what is behind the first pass: falling rate
  // and int8 rounding.
  double decay_fraction = 0.25;
};

// Bits of the first `bytes` bytes.
struct PrequentialPoint {
  uint64_t bytes = 0;
  double bits = 0;
};

struct PrequentialResult {
  // Code length of the data: Σ −log2 p, each batch by the parameters from
  // before its update (Dawid 1984; Blier and Ollivier 2018, "The Description
  // Length of Deep Learning Models", section 3.4). Of the float trainer's
  // probabilities, which are not decoded, and which depend in their last digits
  // on the processor's engine (train/engine.h), but not on threads.
  double bits = 0;
  // Where the number of bytes has grown by a quarter; the last is the whole.
  std::vector<PrequentialPoint> curve;
  TrainCheckpoint model;  // after all epochs
};

// Called after every step with the bytes trained on, of so many; false stops.
using PrequentialCallback = std::function<bool(uint64_t, uint64_t)>;

// The first pass codes every byte of `data` once, in their order, in sequences
// that each begin with no context; what is left at the end is a shorter one.
// Later passes cut the data elsewhere. kInvalidArgument without data or with
// options out of range, kCancelled if the callback stopped it.
Result<PrequentialResult> CodePrequentially(
    std::span<const uint8_t> data, const DecoderConfig& config,
    const PrequentialOptions& options, const PrequentialCallback& callback);

}  // namespace lentil

#endif  // LENTIL_TRAIN_PREQUENTIAL_H_

// SPDX-License-Identifier: Apache-2.0
// What a run needs to go on exactly where it stopped, as a safetensors file:
// parameters, moments, and the counters in its metadata.

#ifndef LENTIL_TRAIN_TRAIN_CHECKPOINT_H_
#define LENTIL_TRAIN_TRAIN_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "train/parameters.h"

namespace lentil {

// Counters of a run. Everything else about it follows from the options.
struct TrainState {
  uint64_t seed = 1;
  uint64_t steps = 0;
  uint64_t sequences = 0;  // drawn so far
  uint64_t bytes = 0;      // trained on so far; tokens, if of tokens
  uint64_t decay_start =
      0;  // bytes at which the rate began to fall; 0: not yet
  uint64_t decay_bytes = 0;  // bytes from there until it is zero
  bool operator==(const TrainState&) const = default;
};

struct TrainCheckpoint {
  DecoderConfig config;
  Vocabulary vocabulary = {};
  TrainState state;
  std::vector<float> parameters, first, second;  // in ParameterLayout's order
};

// Written to a temporary name, then renamed. Float32, all of it.
Status SaveCheckpoint(const std::string& path, const ParameterLayout& layout,
                      const TrainCheckpoint& checkpoint);

// kCorrupt if it is no checkpoint or does not fit its own configuration.
// Moments that are missing (a checkpoint of another tool) are zero.
Result<TrainCheckpoint> LoadCheckpoint(const std::string& path);

}  // namespace lentil

#endif  // LENTIL_TRAIN_TRAIN_CHECKPOINT_H_

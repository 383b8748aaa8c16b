// SPDX-License-Identifier: Apache-2.0
// A whole training run from files to a model file: budget, checkpoints, log.

#ifndef LENTIL_TRAIN_RUN_H_
#define LENTIL_TRAIN_RUN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/media/data_set.h"
#include "model/config.h"
#include "train/text_source.h"
#include "train/trainer.h"

namespace lentil {

struct RunOptions {
  std::vector<SourceRequest> data;
  std::optional<SetKind> set;  // data are its files; else text
  DataBudget budget;           // of their bytes in memory
  DecoderConfig config;
  // A model of tokens: so many are learned from the data, or the path of a
  // tokenizer.json. Neither: of bytes.
  uint32_t tokens = 0;
  std::string tokenizer;
  bool IsOfTokens() const { return tokens > 0 || !tokenizer.empty(); }
  std::string name;  // of the model, in its file
  // Native model, or the folder of a model of tokens; checkpoint, stable state
  // and log lie beside it.
  std::string out;
  bool overwrite = true;  // an `out` that exists; else kExists, at the start
  uint64_t seed = 1;
  // The budget: bytes of training data, or minutes. Exactly one is not 0.
  uint64_t bytes = 0;
  double minutes = 0;
  double decay_fraction =
      0.25;            // of the budget, with falling rate and rounding
  std::string resume;  // checkpoint to go on from; "" = start afresh
  std::string grow;    // or the checkpoint of a narrower model to begin as
  double checkpoint_minutes = 5;
  TrainOptions train;
};

// Names of the files beside `out`.
std::string CheckpointPath(const std::string& out);  // the newest state
std::string StablePath(const std::string& out);  // the state before the decay
std::string LogPath(const std::string& out);     // JSON lines, appended

// Bytes are those of text here; of tokens, by their mean length.
struct RunProgress {
  uint64_t bytes = 0;         // trained on so far
  uint64_t budget_bytes = 0;  // estimated if the budget is minutes
  double bits_per_byte = 0;   // of the training stream, smoothed
  double validation = 0;      // latest, bits per byte; 0 = none yet
  double bytes_per_second = 0;
  double seconds_left = 0;
  bool decaying = false;
};

// Called after every step; false stops the run after writing a checkpoint.
using RunCallback = std::function<bool(const RunProgress&)>;

struct RunSummary {
  TrainState state;
  uint64_t bytes = 0;           // trained on
  double validation_float = 0;  // bits per byte without rounding
  double validation = 0;        // as the model computes that was written
  size_t model_bytes = 0;
  uint64_t model_hash = 0;
};

// kCancelled if the callback stopped it; then `out` is not written, and a run
// with `resume` goes on from the checkpoint. With a budget in bytes, the result
// is a function of options and data, however often it was interrupted.
Result<RunSummary> RunTraining(const RunOptions& options,
                               const RunCallback& callback);

}  // namespace lentil

#endif  // LENTIL_TRAIN_RUN_H_

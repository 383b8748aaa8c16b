// SPDX-License-Identifier: Apache-2.0
// A wider decoder that begins as good as a trained narrow one, or one with
// other windows.

#ifndef LENTIL_TRAIN_GROW_H_
#define LENTIL_TRAIN_GROW_H_

#include "base/status.h"
#include "train/train_checkpoint.h"

namespace lentil {

// A state of `config` that computes what `from` computes, up to rounding and as
// far as windows are the same: the narrow weights are a corner of the wide
// ones. What is new reads at random and writes nothing yet, so that gradients
// find it (function-preserving growth; Chen, Goodfellow and Shlens 2016,
// "Net2Net"). Counters and moments go on.
//
// kInvalidArgument unless every dimension is at least as large and heads are as
// wide and share KV heads alike.
Result<TrainCheckpoint> Grow(const TrainCheckpoint& from,
                             const DecoderConfig& config);

}  // namespace lentil

#endif  // LENTIL_TRAIN_GROW_H_

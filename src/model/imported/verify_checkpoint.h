// SPDX-License-Identifier: Apache-2.0
// Whether a checkpoint is whole, and computes the same bits however it is run.

#ifndef LENTIL_MODEL_IMPORTED_VERIFY_CHECKPOINT_H_
#define LENTIL_MODEL_IMPORTED_VERIFY_CHECKPOINT_H_

#include <string>
#include <vector>

#include "base/status.h"

namespace lentil {

// `path` as for Checkpoint::Open. Adds a line to `passed` for each check,
// and one with the hash:
//   every weight is finite;
//   the family is known and every tensor has its place in it;
//   the tokenizer restores all single bytes, text of many scripts, and noise;
//   logits of a few tokens are the same bits read at once and one by one, on
//   every table of kernels that this machine has, and finite.
// The status is that of the first check that fails; a checkpoint without a
// tokenizer passes, and a line says so. Reads all weights twice; seconds per
// 100 million weights, most of them for the scalar kernels.
Status VerifyCheckpoint(const std::string& path,
                        std::vector<std::string>* passed);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_VERIFY_CHECKPOINT_H_

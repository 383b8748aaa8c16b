// SPDX-License-Identifier: Apache-2.0
// Known answers of docs/numerics-checkpoints.md: random decoders, whose hash
// must be the same on every machine, compiler and instruction set.

#ifndef LENTIL_MODEL_IMPORTED_TRANSFORMER_SELFTEST_H_
#define LENTIL_MODEL_IMPORTED_TRANSFORMER_SELFTEST_H_

#include <cstdint>

#include "base/status.h"
#include "kernels/kernels.h"

namespace lentil {

// The answer of version kCheckpointNumericsVersion.
extern const uint64_t kTransformerHash;

// Hash64 of logits and frequencies of two fixed decoders on fixed tokens: one
// with RMS norms, rotation, windows, caps and weights in blocks of every form,
// one with layer norms, slopes, learned positions and floats. Takes some 10 ms.
Result<uint64_t> RunTransformerSelftest(const Kernels& kernels);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_TRANSFORMER_SELFTEST_H_

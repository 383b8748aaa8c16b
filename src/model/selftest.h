// SPDX-License-Identifier: Apache-2.0
// Known answers: a random model's frequencies, whose hash must be the same on
// every machine, compiler and instruction set.

#ifndef LENTIL_MODEL_SELFTEST_H_
#define LENTIL_MODEL_SELFTEST_H_

#include <cstdint>

#include "base/status.h"
#include "kernels/kernels.h"
#include "model/native.h"

namespace lentil {

// The answer of docs/numerics.md, version kNumericsVersion.
extern const uint64_t kSelftestHash;

// A model of this shape with random weights and scales that keep every part
// busy; narrow weights in the last layer. Made with integers and exact products
// only: the same on every machine.
NativeModel RandomModel(const DecoderConfig& config, uint64_t seed);

// Hash64 of the frequencies of a fixed random model on fixed bytes, computed
// with these kernels; compare with kSelftestHash. Takes about 10 ms.
Result<uint64_t> RunSelftest(const Kernels& kernels);

}  // namespace lentil

#endif  // LENTIL_MODEL_SELFTEST_H_

// SPDX-License-Identifier: Apache-2.0
// Known answers of the context models, beside those of the model
// (model/selftest.h).

#ifndef LENTIL_MIXING_MIXING_SELFTEST_H_
#define LENTIL_MIXING_MIXING_SELFTEST_H_

#include <cstdint>

#include "kernels/kernels.h"

namespace lentil {

// The answer of docs/numerics.md, "Context mixing".
extern const uint64_t kMixingHash;

// Hash64 of the probabilities of fixed lines in three lanes beside a fixed
// made-up transformer, with these kernels; compare with kMixingHash. Takes
// about 10 ms.
uint64_t RunMixingSelftest(const Kernels& kernels);

}  // namespace lentil

#endif  // LENTIL_MIXING_MIXING_SELFTEST_H_

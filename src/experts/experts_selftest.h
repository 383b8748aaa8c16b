// SPDX-License-Identifier: Apache-2.0
// Known answers of the experts, beside those of the model (model/selftest.h).

#ifndef LENTIL_EXPERTS_EXPERTS_SELFTEST_H_
#define LENTIL_EXPERTS_EXPERTS_SELFTEST_H_

#include <cstdint>

#include "kernels/kernels.h"

namespace lentil {

// The answer of docs/numerics.md, "Experts".
extern const uint64_t kExpertsHash;

// Hash64 of the probabilities of fixed lines in three lanes beside a fixed
// made-up transformer, with these kernels; compare with kExpertsHash. Takes
// about 10 ms.
uint64_t RunExpertsSelftest(const Kernels& kernels);

}  // namespace lentil

#endif  // LENTIL_EXPERTS_EXPERTS_SELFTEST_H_

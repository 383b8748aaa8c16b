// SPDX-License-Identifier: Apache-2.0
// Archives that mutation begins with.

#ifndef LENTIL_FUZZ_MUTATE_SEEDS_H_
#define LENTIL_FUZZ_MUTATE_SEEDS_H_

#include <vector>

#include "lentil/lentil.hpp"
#include "parts.h"

namespace lentil {

// What records are coded by.
SampleHandle MakeSample();

// Small archives of every kind: levels with and without models, several frames,
// several containers, records of both forms with and without the sample.
std::vector<std::vector<ContainerPart>> MakeSeeds(const lentil_sample* sample);

}  // namespace lentil

#endif  // LENTIL_FUZZ_MUTATE_SEEDS_H_

// SPDX-License-Identifier: Apache-2.0
// What becomes of the parts of an archive, and of its bytes.

#ifndef LENTIL_FUZZ_MUTATE_MUTATIONS_H_
#define LENTIL_FUZZ_MUTATE_MUTATIONS_H_

#include <vector>

#include "dice.h"
#include "parts.h"

namespace lentil {

// One to four changes: of payloads, sizes, kinds, order, headers and footers.
// Those of `others` may come in.
void MutateParts(const std::vector<ContainerPart>& others, Dice* dice,
                 std::vector<ContainerPart>* parts);

// A change that no checksum follows.
void MutateBytes(Dice* dice, Bytes* file);

}  // namespace lentil

#endif  // LENTIL_FUZZ_MUTATE_MUTATIONS_H_

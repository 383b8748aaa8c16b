// SPDX-License-Identifier: Apache-2.0
// ALiBi slopes (Press et al., 2022): what a head takes off a score for every
// position of distance.

#ifndef LENTIL_MODEL_IMPORTED_ALIBI_H_
#define LENTIL_MODEL_IMPORTED_ALIBI_H_

#include <cstdint>
#include <vector>

namespace lentil {

// 2^(−8 i ÷ n), i = 1 … n, for n heads, a power of two. For other numbers as
// BLOOM has it: those of the power below, then every second of the one above.
std::vector<float> AlibiSlopes(uint32_t heads);

// As MPT has it, with `largest` in the place of 8: of the power of two above
// every second, then the others.
std::vector<float> MptSlopes(uint32_t heads, double largest);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_ALIBI_H_

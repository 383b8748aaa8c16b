// SPDX-License-Identifier: Apache-2.0
// What a model's predictions cost, byte by byte.

#ifndef LENTIL_MODEL_SURPRISAL_H_
#define LENTIL_MODEL_SURPRISAL_H_

#include <cstdint>
#include <span>

#include "model/decoder.h"

namespace lentil {

// Fractions of a bit in which surprisals are counted, so that sums do not
// depend on their order.
inline constexpr double kSurprisalUnit = 0x1p-24;

// surprisals[i] += −log2 of the probability of text[i] behind text[0 … i − 1],
// in units: what the range coder spends, but for less than 2^-30 bit and the
// end of the stream. `surprisals` is as long as `text`, which lies in lane 0.
// The caller has set the floating-point mode.
void AddSurprisals(std::span<const uint8_t> text, Decoder* decoder,
                   std::span<uint64_t> surprisals);

}  // namespace lentil

#endif  // LENTIL_MODEL_SURPRISAL_H_

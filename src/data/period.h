// SPDX-License-Identifier: Apache-2.0
// How far apart bytes of one kind stand: records, samples, rows of a picture.

#ifndef LENTIL_DATA_PERIOD_H_
#define LENTIL_DATA_PERIOD_H_

#include <cstdint>
#include <span>

namespace lentil {

inline constexpr uint32_t kMaxPeriod = 1u << 14;

// The distance in first … last (≤ kMaxPeriod) at which bytes differ least; the
// smaller one if another is hardly better. 0 if `bytes` are too few to tell.
// Looks at some thousand places: O(last), 40 ms for all periods.
uint32_t FindPeriod(std::span<const uint8_t> bytes, uint32_t first,
                    uint32_t last);

}  // namespace lentil

#endif  // LENTIL_DATA_PERIOD_H_

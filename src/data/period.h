// SPDX-License-Identifier: Apache-2.0
// How far apart bytes of one kind stand: records, samples, rows of a picture.

#ifndef LENTIL_DATA_PERIOD_H_
#define LENTIL_DATA_PERIOD_H_

#include <cstdint>
#include <span>

namespace lentil {

inline constexpr uint32_t kLongestField = 64;  // bytes; beyond it are rows
inline constexpr uint32_t kMaxPeriod = 1u << 14;

struct Period {
  uint32_t bytes = 0;       // 0: too few bytes to tell
  uint32_t difference = 0;  // of bytes so far apart: see below

  // Far less than bytes by chance have (about 460).
  bool is_likely() const { return bytes > 0 && difference < 390; }
};

// The distance in first … last (≤ kMaxPeriod) at which bytes differ least: the
// mean of min(|difference|, 32), times 16. Of two that are far apart and hardly
// differ the smaller. Looks at 4096 places: O(last), 40 ms for all periods.
Period FindPeriod(std::span<const uint8_t> bytes, uint32_t first,
                  uint32_t last);

}  // namespace lentil

#endif  // LENTIL_DATA_PERIOD_H_

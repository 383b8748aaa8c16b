// SPDX-License-Identifier: Apache-2.0
// How bytes hang together.

#ifndef LENTIL_MIXING_LAYOUT_H_
#define LENTIL_MIXING_LAYOUT_H_

#include <cstdint>

namespace lentil {

// Chooses some of the contexts. Stored with a frame.
struct Layout {
  enum class Kind : uint8_t {
    kText = 0,    // words and lines
    kFields = 1,  // programs and tables: alike after `period` bytes
    kSamples = 2  // pictures and sound: numbers that go on as they went
  };
  static constexpr uint32_t kMaxPeriod = 1u << 16;

  Kind kind = Kind::kText;
  uint32_t period = 0;  // bytes; 1 … kMaxPeriod unless text
};

}  // namespace lentil

#endif  // LENTIL_MIXING_LAYOUT_H_

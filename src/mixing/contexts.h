// SPDX-License-Identifier: Apache-2.0
// What a byte's neighbours say about it, as hashes. docs/numerics.md,
// "Context mixing".

#ifndef LENTIL_MIXING_CONTEXTS_H_
#define LENTIL_MIXING_CONTEXTS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "mixing/layout.h"
#include "mixing/match_model.h"

namespace lentil {

// Mixes all bits of x into 32.
inline uint32_t Scramble(uint64_t x) {
  x *= 0x9E3779B97F4A7C15u;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9u;
  return static_cast<uint32_t>(x >> 32);
}

// What the contexts of a lane are made of, besides its text.
struct LaneState {
  uint64_t last = 0;  // the last eight bytes, newest lowest
  uint32_t word = 0;  // hash of the letters since the last other byte
  uint32_t previous_word = 0;
  uint32_t line = 0;  // where it began
  uint32_t previous_line = 0;

  // After a byte: `size` bytes are known now.
  void Add(uint8_t byte, uint32_t size);
};

// Text: orders 2 … 6, word, two words, two sparse ones, column. Other layouts
// have contexts of the byte a period before in the place of words and columns.
inline constexpr size_t kHashed = 10;
using ContextHashes = std::array<uint32_t, kHashed>;

ContextHashes HashContexts(const LaneState& lane, const LaneText& text,
                           const Layout& layout);

}  // namespace lentil

#endif  // LENTIL_MIXING_CONTEXTS_H_

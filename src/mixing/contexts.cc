// SPDX-License-Identifier: Apache-2.0
#include "mixing/contexts.h"

#include <algorithm>

namespace lentil {
namespace {

constexpr uint32_t kMaxColumn = 255;

// A letter for the word contexts: ASCII without case, or part of another
// script.
bool IsLetter(uint8_t c) {
  return c >= 128 || static_cast<uint8_t>((c | 32) - 'a') < 26;
}

// The byte above the next one, in the line before. That line's end may not be
// in the text yet, but it is known.
uint8_t AboveInText(const LaneText& text, uint32_t line,
                    uint32_t previous_line) {
  const uint32_t at = previous_line + (text.size - line);
  if (at >= line) return 0;
  return at + 1 == line ? '\n' : text.text[at];
}

// Words and columns.
void HashText(const LaneState& lane, const LaneText& text,
              ContextHashes* hash) {
  (*hash)[5] = Scramble(uint64_t{lane.word} + (uint64_t{7} << 32));
  (*hash)[6] = Scramble(uint64_t{lane.word} << 32 | (lane.previous_word ^ 8u));
  const uint64_t column = std::min(text.size - lane.line, kMaxColumn);
  const uint64_t above = AboveInText(text, lane.line, lane.previous_line);
  (*hash)[9] = Scramble((lane.last & 0xff) << 24 | above << 16 | column |
                        uint64_t{11} << 48);
}

// The bytes one period before the next, two periods, and left of the former;
// for samples also where these lead if they go on as they went, instead of
// orders 5 and 6.
void HashPeriod(const LaneState& lane, const LaneText& text,
                const Layout& layout, ContextHashes* hash) {
  // The newest byte may not be in the text yet; the one before may be needed.
  const auto back = [&](uint32_t distance) -> uint64_t {
    if (distance <= 8) return lane.last >> 8 * (distance - 1) & 0xff;
    return text.size >= distance ? text.text[text.size - distance] : 0;
  };
  const uint64_t above = back(layout.period);
  const uint64_t above2 = back(2 * layout.period);
  const uint64_t corner = back(layout.period + 1);
  const uint64_t left = lane.last & 0xff;
  const uint64_t phase = text.size % layout.period;
  const uint64_t column = layout.period > kMaxColumn ? 0 : phase;
  (*hash)[5] = Scramble(above | left << 8 | column << 16 | uint64_t{7} << 48);
  (*hash)[6] = Scramble(above | above2 << 8 | column << 16 | uint64_t{8} << 48);
  (*hash)[9] =
      Scramble(phase | above << 16 | corner << 32 | uint64_t{11} << 48);
  if (layout.kind != Layout::Kind::kSamples) return;
  const uint64_t plane = (above + left - corner) & 0xff;
  const uint64_t line = (2 * above - above2) & 0xff;
  (*hash)[3] = Scramble(plane | column << 16 | uint64_t{12} << 48);
  (*hash)[4] = Scramble(line | column << 16 | uint64_t{6} << 48);
}

}  // namespace

void LaneState::Add(uint8_t byte, uint32_t size) {
  last = last << 8 | byte;
  if (IsLetter(byte)) {
    const uint8_t folded = byte < 128 ? byte | 32 : byte;
    word = Scramble(uint64_t{word} << 8 | folded) | 1;
  } else if (word != 0) {
    previous_word = word;
    word = 0;
  }
  if (byte == '\n') {
    previous_line = line;
    line = size;
  }
}

ContextHashes HashContexts(const LaneState& lane, const LaneText& text,
                           const Layout& layout) {
  ContextHashes hash;
  for (size_t order = 2; order <= 6; ++order) {
    const uint64_t bytes = lane.last << (64 - 8 * order);
    hash[order - 2] = Scramble(bytes + order);
  }
  hash[7] = Scramble((lane.last & 0xffff00) + (uint64_t{9} << 48));
  hash[8] = Scramble((lane.last & 0xf0f0f0f0) + (uint64_t{10} << 48));
  if (layout.kind == Layout::Kind::kText) {
    HashText(lane, text, &hash);
  } else {
    HashPeriod(lane, text, layout, &hash);
  }
  return hash;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
#include "data/x86_calls.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace lentil {
namespace {

constexpr size_t kCallSize = 5;  // bytes

// Three bytes after the first, lowest first.
uint32_t Operand(const uint8_t* call) {
  return call[1] | uint32_t{call[2]} << 8 | uint32_t{call[3]} << 16;
}

bool IsCall(const uint8_t* at) {
  return (at[0] & 0xfe) == 0xe8 && (at[4] == 0x00 || at[4] == 0xff);
}

// Adds `shift` to the operand of a call; any bytes else stay. Neither first nor
// last byte changes, so that the opposite shift undoes it.
void MoveOperand(uint8_t* at, uint32_t shift) {
  if (!IsCall(at)) return;
  const uint32_t moved = Operand(at) + shift;
  at[1] = static_cast<uint8_t>(moved);
  at[2] = static_cast<uint8_t>(moved >> 8);
  at[3] = static_cast<uint8_t>(moved >> 16);
}

size_t CountDistinct(std::vector<uint32_t>& values) {
  std::sort(values.begin(), values.end());
  return static_cast<size_t>(std::unique(values.begin(), values.end()) -
                             values.begin());
}

}  // namespace

bool HasX86Calls(std::span<const uint8_t> bytes) {
  std::vector<uint32_t> distances;
  std::vector<uint32_t> targets;
  for (size_t i = 0; i + kCallSize <= bytes.size(); ++i) {
    if (!IsCall(&bytes[i])) continue;
    const uint32_t distance = Operand(&bytes[i]);
    distances.push_back(distance);
    targets.push_back((distance + static_cast<uint32_t>(i)) & 0xffffff);
  }
  if (distances.size() < bytes.size() / 2048) return false;
  return CountDistinct(targets) * 10 < CountDistinct(distances) * 9;
}

// Calls may overlap by chance; so the inverse takes the opposite way.
void AbsoluteX86Calls(std::span<uint8_t> bytes) {
  for (size_t end = bytes.size(); end >= kCallSize; --end) {
    const size_t at = end - kCallSize;
    MoveOperand(&bytes[at], static_cast<uint32_t>(at));
  }
}

void RelativeX86Calls(std::span<uint8_t> bytes) {
  for (size_t at = 0; at + kCallSize <= bytes.size(); ++at) {
    MoveOperand(&bytes[at], 0u - static_cast<uint32_t>(at));
  }
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
#include "data/x86_calls.h"

#include <gtest/gtest.h>

#include <vector>

namespace lentil {
namespace {

// A program that calls `functions` targets in turn, every 32 bytes.
std::vector<uint8_t> Program(size_t size, uint32_t functions) {
  std::vector<uint8_t> bytes(size, 0x90);
  for (uint32_t at = 0; at + 5 <= size; at += 32) {
    const uint32_t target = at / 32 % functions * 1000;
    const uint32_t distance = target - at;
    bytes[at] = 0xe8;
    for (int i = 0; i < 4; ++i) {
      bytes[at + 1 + i] = static_cast<uint8_t>(distance >> 8 * i);
    }
  }
  return bytes;
}

TEST(X86Calls, CallsOfOneFunctionBecomeEqual) {
  std::vector<uint8_t> bytes = Program(4096, 1);
  AbsoluteX86Calls(bytes);
  for (size_t at = 0; at + 5 <= bytes.size(); at += 32) {
    EXPECT_EQ(bytes[at + 1] | bytes[at + 2] | bytes[at + 3], 0) << at;
  }
}

TEST(X86Calls, AnyBytesComeBack) {
  uint32_t state = 1;
  const uint8_t kOften[] = {0xe8, 0xe9, 0x00, 0xff};
  for (size_t size = 0; size < 300; ++size) {
    std::vector<uint8_t> bytes(size);
    for (uint8_t& b : bytes) {
      state = state * 1664525 + 1013904223;
      b = state >> 31 ? kOften[state >> 24 & 3]
                      : static_cast<uint8_t>(state >> 16);
    }
    std::vector<uint8_t> moved = bytes;
    AbsoluteX86Calls(moved);
    RelativeX86Calls(moved);
    EXPECT_EQ(moved, bytes);
  }
}

TEST(X86Calls, AreSeenInProgramsOnly) {
  EXPECT_TRUE(HasX86Calls(Program(1 << 16, 20)));
  EXPECT_FALSE(HasX86Calls({}));
  EXPECT_FALSE(HasX86Calls(std::vector<uint8_t>(1 << 16, 'e')));
  // Every call another function: nothing would repeat.
  std::vector<uint8_t> numbers(1 << 16, 0);
  for (size_t i = 0; i < numbers.size(); i += 32) {
    numbers[i] = 0xe8;
    numbers[i + 1] = 7;
  }
  EXPECT_FALSE(HasX86Calls(numbers));
}

}  // namespace
}  // namespace lentil

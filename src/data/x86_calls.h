// SPDX-License-Identifier: Apache-2.0
// Calls of x86 programs with absolute targets.
//
// CALL and JMP (bytes E8 and E9) hold the distance to their target, so that two
// calls of one function look different. With the target in its place they look
// the same, and contexts find them. The transform is its own context: bytes
// E8 or E9, three of the target, 00 or FF.

#ifndef LENTIL_DATA_X86_CALLS_H_
#define LENTIL_DATA_X86_CALLS_H_

#include <cstdint>
#include <span>

namespace lentil {

// Whether the transform would make targets repeat more. O(n), about 1 GB/s
// where there are few calls.
bool HasX86Calls(std::span<const uint8_t> bytes);

// Replaces distances by targets modulo 2^24, counted from the first byte.
void AbsoluteX86Calls(std::span<uint8_t> bytes);

// Its inverse, for any bytes.
void RelativeX86Calls(std::span<uint8_t> bytes);

}  // namespace lentil

#endif  // LENTIL_DATA_X86_CALLS_H_

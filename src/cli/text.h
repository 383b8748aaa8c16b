// SPDX-License-Identifier: Apache-2.0
// Text for people and from people: sizes, times, rates, the nearest word.

#ifndef LENTIL_CLI_TEXT_H_
#define LENTIL_CLI_TEXT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace lentil {

// "0 B", "999 B", "1.23 MB", "45.6 GB": powers of 1000, three digits.
std::string SizeText(uint64_t bytes);

// "0.2 s", "59 s", "3 min 20 s", "2 h 5 min".
std::string DurationText(double seconds);

// Code bits per source byte; 0 if there is no source.
double BitsPerByte(uint64_t code_bytes, uint64_t source_bytes);

// "23.0 %, 1.84 bits/byte"; empty if there is no source.
std::string RateText(uint64_t code_bytes, uint64_t source_bytes);

// A count of bytes as people type it: digits, then nothing, k/K/KiB/KB (1024,
// 1024, 1024, 1000) and so on for M and G. kInvalidArgument for anything else.
Result<uint64_t> ParseSize(std::string_view text);

// Digits and nothing else. kInvalidArgument for anything else, and for a number
// below `low` or above `high`.
Result<uint64_t> ParseWhole(std::string_view text, uint64_t low, uint64_t high);

// A decimal number as an exact count of millionths: "0.8" is 800000.
// kInvalidArgument for anything but digits with at most one point among them,
// more than six decimals, or more than `most` millionths.
Result<uint64_t> ParseMillionths(std::string_view text, uint64_t most);

// The candidate with the fewest edits to `word`, or "" if none is similar.
std::string_view Nearest(std::string_view word,
                         std::span<const std::string_view> candidates);

}  // namespace lentil

#endif  // LENTIL_CLI_TEXT_H_

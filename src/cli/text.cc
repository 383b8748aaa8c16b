// SPDX-License-Identifier: Apache-2.0
// Text for people and from people: sizes, times, rates, the nearest word.

#include "cli/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace lentil {

std::string SizeText(uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  const char* unit = "kMGTPE";
  value /= 1000;
  // 999.5 would print as 1000 with three digits.
  while (value >= 999.5 && unit[1] != '\0') value /= 1000, ++unit;
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}B", value, decimals, *unit);
}

std::string DurationText(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", std::max(seconds, 0.0));
  if (seconds > 1e9) return "years";
  const uint64_t whole = static_cast<uint64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

double BitsPerByte(uint64_t code_bytes, uint64_t source_bytes) {
  if (source_bytes == 0) return 0;
  return 8.0 * static_cast<double>(code_bytes) /
         static_cast<double>(source_bytes);
}

std::string RateText(uint64_t code_bytes, uint64_t source_bytes) {
  if (source_bytes == 0) return "";
  const double bits = BitsPerByte(code_bytes, source_bytes);
  return fmt::format("{:.1f} %, {:.3f} bits/byte", bits * 12.5, bits);
}

Result<uint64_t> ParseSize(std::string_view text) {
  const Status bad(Code::kInvalidArgument,
                   fmt::format("'{}' is not a size such as 4MiB", text));
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc()) return bad;
  std::string unit(rest, end);
  if (unit.empty() || unit == "B") return value;
  const size_t power =
      std::string_view("kMG").find(unit[0] == 'K' ? 'k' : unit[0]);
  if (power == std::string_view::npos) return bad;
  const std::string_view suffix = std::string_view(unit).substr(1);
  if (suffix != "" && suffix != "i" && suffix != "iB" && suffix != "B") {
    return bad;
  }
  const uint64_t base = suffix == "B" ? 1000 : 1024;
  for (size_t i = 0; i <= power; ++i) {
    if (value > UINT64_MAX / base) return bad;
    value *= base;
  }
  return value;
}

Result<uint64_t> ParseWhole(std::string_view text, uint64_t low,
                            uint64_t high) {
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && rest == end && value >= low && value <= high) {
    return value;
  }
  return Status(
      Code::kInvalidArgument,
      fmt::format("'{}' is not a whole number from {} to {}", text, low, high));
}

Result<uint64_t> ParseMillionths(std::string_view text, uint64_t most) {
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals =
      text.substr(std::min(point + 1, text.size()));
  std::string digits = fmt::format("{}{:0<6}", whole, decimals);
  const bool is_number =
      whole.size() + decimals.size() > 0 && decimals.size() <= 6 &&
      digits.find_first_not_of("0123456789") == std::string::npos;
  uint64_t value = 0;
  const auto [rest, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (is_number && error == std::errc() && value <= most) return value;
  return Status(Code::kInvalidArgument,
                fmt::format("'{}' is not a number from 0 to {}, of at most six "
                            "decimals",
                            text, static_cast<double>(most) / 1e6));
}

namespace {

// Levenshtein distance, one row at a time.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view word,
                         std::span<const std::string_view> candidates) {
  std::string_view best;
  size_t best_distance = word.size() / 2 + 1;  // half of it may differ
  for (const std::string_view candidate : candidates) {
    size_t distance = EditDistance(word, candidate);
    // An abbreviation is nearer than a word of the same length.
    if (word.size() > 3 && candidate.starts_with(word)) distance = 0;
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "base/messages.h"

#include <cstdint>
#include <utility>

namespace lentil {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0 = no UTF-8
};

// The first of a text that is not empty; the shortest form alone is UTF-8.
CodePoint FirstCodePoint(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  uint32_t value = lead & (0xFF >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[bytes] || value > 0x10FFFF || is_surrogate) return {};
  return {value, bytes};
}

// Unicode's Cc, its marks of direction, and its separators of lines.
bool IsObeyed(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E ||
         c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void AppendEscape(char kind, uint32_t value, int digits, std::string* out) {
  *out += '\\';
  *out += kind;
  while (digits > 0) *out += kDigits[value >> 4 * --digits & 15];
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = FirstCodePoint(text);
    if (c.bytes == 0) {
      AppendEscape('x', static_cast<uint8_t>(text[0]), 2, &out);
    } else if (!IsObeyed(c.value)) {
      out += text.substr(0, c.bytes);
    } else if (c.value == '\n') {
      out += "\\n";
    } else if (c.value < 0x80) {
      AppendEscape('x', c.value, 2, &out);
    } else {
      AppendEscape('u', c.value, 4, &out);
    }
    text.remove_prefix(c.bytes == 0 ? 1 : c.bytes);
  }
  return out;
}

std::string Quoted(std::string_view name) {
  constexpr size_t kLongest = 64;
  std::string text = "'";
  for (char c : name.substr(0, kLongest)) text += c < ' ' || c > '~' ? '?' : c;
  if (name.size() > kLongest) text += "...";
  return text + "'";
}

Status Corrupt(std::string message) {
  return {Code::kCorrupt, std::move(message)};
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// One character of UTF-8, read and written.

#ifndef LENTIL_TOKENIZE_UTF8_H_
#define LENTIL_TOKENIZE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lentil {

using ByteSpan = std::span<const uint8_t>;

inline ByteSpan AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Utf8Char {
  uint32_t code = 0;
  uint32_t size = 0;  // bytes; 0: those in front are no character
};

// The character in front of `text`, which is not empty. Strict: no surrogates,
// no overlong forms, nothing beyond U+10FFFF.
inline Utf8Char ReadUtf8(ByteSpan text) {
  const uint8_t first = text[0];
  if (first < 0x80) return {first, 1};
  if (first < 0xc2 || first > 0xf4) return {};
  const uint32_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < size) return {};
  uint32_t code = first & (0x7fu >> size);
  for (uint32_t i = 1; i < size; ++i) {
    if ((text[i] & 0xc0) != 0x80) return {};
    code = code << 6 | (text[i] & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[size] || code > 0x10ffff || code >> 11 == 0x1b) return {};
  return {code, size};
}

// Bytes of the character in front of `text`; 1 if it is none.
inline size_t Utf8Step(ByteSpan text) {
  const uint32_t size = ReadUtf8(text).size;
  return size > 0 ? size : 1;
}

// `code` is at most U+10FFFF.
inline void AppendUtf8(uint32_t code, std::string* text) {
  if (code < 0x80) {
    text->push_back(static_cast<char>(code));
    return;
  }
  const int tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const uint32_t marks[] = {0, 0xc0, 0xe0, 0xf0};
  text->push_back(static_cast<char>(marks[tail] | code >> (6 * tail)));
  for (int i = tail - 1; i >= 0; --i) {
    text->push_back(static_cast<char>(0x80 | (code >> (6 * i) & 0x3f)));
  }
}

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_UTF8_H_

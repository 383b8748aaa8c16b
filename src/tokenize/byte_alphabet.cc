// SPDX-License-Identifier: Apache-2.0
// Bytes that are printable in Latin-1 stand for themselves; the others take the
// characters from U+0100 on, in order.

#include "tokenize/byte_alphabet.h"

#include <array>

namespace lentil {
namespace {

constexpr uint32_t kFirstSubstitute = 0x100;
constexpr uint32_t kEnd = 0x144;  // 68 bytes have substitutes

constexpr bool IsPrintable(uint32_t byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad);
}

struct Alphabet {
  std::array<uint16_t, 256> char_of{};
  std::array<int16_t, kEnd> byte_of{};  // -1: none
};

constexpr Alphabet MakeAlphabet() {
  Alphabet alphabet;
  alphabet.byte_of.fill(-1);
  uint32_t substitute = kFirstSubstitute;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    const uint32_t code = IsPrintable(byte) ? byte : substitute++;
    alphabet.char_of[byte] = static_cast<uint16_t>(code);
    alphabet.byte_of[code] = static_cast<int16_t>(byte);
  }
  return alphabet;
}

constexpr Alphabet kAlphabet = MakeAlphabet();

}  // namespace

std::string SpellBytes(ByteSpan bytes) {
  std::string spelling;
  for (uint8_t byte : bytes) AppendUtf8(kAlphabet.char_of[byte], &spelling);
  return spelling;
}

std::optional<std::string> BytesOfSpelling(std::string_view spelling) {
  std::string bytes;
  for (ByteSpan rest = AsBytes(spelling); !rest.empty();) {
    const Utf8Char c = ReadUtf8(rest);
    if (c.size == 0 || c.code >= kEnd || kAlphabet.byte_of[c.code] < 0) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(kAlphabet.byte_of[c.code]));
    rest = rest.subspan(c.size);
  }
  return bytes;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// The spelling of bytes in byte-level vocabularies: each byte is a printable
// character, as GPT-2 chose them. A space is U+0120, a newline U+010A.

#ifndef LENTIL_TOKENIZE_BYTE_ALPHABET_H_
#define LENTIL_TOKENIZE_BYTE_ALPHABET_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tokenize/utf8.h"

namespace lentil {

// The characters that spell `bytes`.
std::string SpellBytes(ByteSpan bytes);

// The bytes that `spelling` stands for; nothing if a character stands for none.
std::optional<std::string> BytesOfSpelling(std::string_view spelling);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_BYTE_ALPHABET_H_

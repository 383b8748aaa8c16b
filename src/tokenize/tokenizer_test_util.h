// SPDX-License-Identifier: Apache-2.0
// What tests of tokenizers share.

#ifndef LENTIL_TOKENIZE_TOKENIZER_TEST_UTIL_H_
#define LENTIL_TOKENIZE_TOKENIZER_TEST_UTIL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tokenize/tokenizer.h"

namespace lentil {

std::vector<uint32_t> EncodeText(const Tokenizer& tokenizer,
                                 const std::string& text);
std::string DecodeText(const Tokenizer& tokenizer,
                       const std::vector<uint32_t>& symbols);

// Texts that tokenizers treat in different ways: languages, code, numbers,
// spaces, marks; and bytes that are no UTF-8.
const std::vector<std::string>& OddTexts();

// Odd texts, random bytes and random symbols through a tokenizer.
void ExpectLossless(const Tokenizer& tokenizer);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_TOKENIZER_TEST_UTIL_H_

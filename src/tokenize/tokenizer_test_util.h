// SPDX-License-Identifier: Apache-2.0
// What tests of tokenizers share.

#ifndef LENTIL_TOKENIZE_TOKENIZER_TEST_UTIL_H_
#define LENTIL_TOKENIZE_TOKENIZER_TEST_UTIL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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

// tests/golden/tokenizers/NAME, or "" and a failure.
std::string ReadGolden(const std::string& name);

// What a reference implementation made of texts.
struct GoldenTexts {
  std::string file;  // of the tokenizer
  std::string config;
  std::optional<uint32_t> bos;
  std::optional<uint32_t> eos;
  // Nothing where the reference does not give the text back.
  std::vector<std::pair<std::string, std::optional<std::vector<uint32_t>>>>
      cases;
};

// tests/golden/tokenizers/NAME.golden.json
GoldenTexts ReadGoldenTexts(const std::string& name);

// The same tokens, and nothing lost, odd texts included.
void ExpectGoldenTexts(const Tokenizer& tokenizer, const GoldenTexts& golden);

// Odd texts, random bytes and random symbols through a tokenizer.
void ExpectLossless(const Tokenizer& tokenizer);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_TOKENIZER_TEST_UTIL_H_

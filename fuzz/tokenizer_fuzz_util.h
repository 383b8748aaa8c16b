// SPDX-License-Identifier: Apache-2.0
// What a tokenizer that was accepted must do, whatever file it came from.

#ifndef LENTIL_FUZZ_TOKENIZER_FUZZ_UTIL_H_
#define LENTIL_FUZZ_TOKENIZER_FUZZ_UTIL_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "tokenize/tokenizer.h"

namespace lentil {

inline void CheckRoundTrip(const Tokenizer& tokenizer,
                           std::span<const uint8_t> text) {
  std::vector<uint32_t> symbols;
  tokenizer.Encode(text, &symbols);
  std::vector<uint8_t> back;
  tokenizer.Decode(symbols, &back);
  if (symbols.size() > text.size() + 1 ||
      !std::equal(back.begin(), back.end(), text.begin(), text.end())) {
    std::abort();
  }
  for (uint32_t& symbol : symbols) symbol = symbol * 7 + 1;
  tokenizer.Decode(symbols, &back);
}

// Of a text of many kinds and of the file's own bytes.
inline void CheckTokenizer(const Tokenizer& tokenizer,
                           std::span<const uint8_t> file) {
  constexpr std::string_view kText =
      "  It's 2024, na\u00efve \u6211\u2581 <tag>\n\n\tx = "
      "'aaaaaaaa';\xff\xf0\x9f"
      "\U0001f999<s><0x0A>";
  CheckRoundTrip(tokenizer, {reinterpret_cast<const uint8_t*>(kText.data()),
                             kText.size()});
  constexpr size_t kMost = 2048;
  CheckRoundTrip(tokenizer, file.last(std::min(file.size(), kMost)));
}

}  // namespace lentil

#endif  // LENTIL_FUZZ_TOKENIZER_FUZZ_UTIL_H_

// SPDX-License-Identifier: Apache-2.0

#include "tokenize/sample_texts.h"

namespace lentil {

std::span<const std::string_view> SampleTexts() {
  static constexpr std::string_view kTexts[] = {
      "",
      " ",
      "It was a bright cold day in April, and the clocks were striking 13.\n",
      "  two  spaces,\ttabs\r\nand\n\n\nlines;   \n  1234567890 + 0x7f = £5 "
      "€6\n",
      "I'm sure they'LL've said 'tis so; we'd don't, HE'S, o'Re: 'x'.",
      "1 22 333 4444 55555 3.14159 1,000,000 12ab345cd \u00bd \u2167 \u0663",
      "if (x[i] != y) {\r\n\treturn f(&x, 0x1F) + 'c';  // a/b\r\n}\r\n",
      "camelCaseWords HTTPServer iPhone, \u01c5 \u01c8x; snake_case_words",
      "...!!! ??? --- *** ==> <= ~`|^$ (a) [b] {c} \"d\" #tag @you /path//to",
      "\n/x !\n/ .x #word $5 +x <y> ^z `w` \u20ac\u00a3\u00a7x",
      "\u00c4pfel, na\u00efve caf\u00e9, e\u0301a\u0308, \u0397 \u03b1\u03bb",
      "F\u00fc\u00dfe, \u017elu\u0165ou\u010dk\u00fd, \u0421\u044a\u0435\u0448 "
      "\u0435\u0449\u0451 \u044d\u0442\u0438\u0445",
      "\u6211\u60f3\u5728apple\u5de5\u4f5c\u3002\u304b\u306a\u30ab\u30ca"
      "\uc548\ub155 \uff0c\u3001",
      "\u0939\u093f\u0928\u094d\u0926\u0940\u0964 \u0e44\u0e17\u0e22 "
      "\u1781\u17d2 \u0627\u0644\u0639\u0631\u0628\u06cc\u0629\u060c \u06d4",
      "\U0001f999.cpp \U0001f468\u200d\U0001f469\u200d\U0001f467 "
      "\u2764\ufe0f \u00a0 \u3000x \u2026\u2014",
      "<|endoftext|> <s> </s> [INST] <unk> [PAD] <0x0A> <|im_start|>",
      "\u2581\u2581marks \u2581 and\u2581spaces",
      std::string_view("zero \0 byte", 11),
      "broken \xff\xfe utf \xe2\x96 at \xf0\x9f\xa6",
  };
  return kTexts;
}

}  // namespace lentil

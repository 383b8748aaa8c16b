// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/split_mix.h"
#include "tokenize/tokenizer_test_util.h"
#include "tokenize/utf8.h"

namespace lentil {

std::vector<uint32_t> EncodeText(const Tokenizer& tokenizer,
                                 const std::string& text) {
  std::vector<uint32_t> symbols;
  tokenizer.Encode(AsBytes(text), &symbols);
  return symbols;
}

std::string DecodeText(const Tokenizer& tokenizer,
                       const std::vector<uint32_t>& symbols) {
  std::vector<uint8_t> text;
  tokenizer.Decode(symbols, &text);
  return {text.begin(), text.end()};
}

const std::vector<std::string>& OddTexts() {
  static const auto* const texts = new std::vector<std::string>{
      "",
      " ",
      "  ",
      "\n",
      "\t\n  \n",
      "a",
      " a",
      "  a  b ",
      "Hello, world!",
      "I'm sure they'LL've said 'tis so; we'd don't.",
      "1 22 333 4444 55555 3.14159 1,000,000 \u00bd \u2167",
      "if (x[i] != y) {\r\n\treturn f(&x, 0x1F) + 'c';\r\n}\r\n",
      "\u00c4pfel, na\u00efve caf\u00e9, \u0397 \u03b1\u03bb\u03c6\u03b1",
      "\u041d\u0435\u0449\u043e \u043d\u0430 \u0411\u044a\u043b\u0433\u0430",
      "\u6211\u60f3\u5728apple\u5de5\u4f5c\u3002\u304b\u306a\u30ab\u30ca",
      "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22 \u1781\u17d2",
      "\U0001f999.cpp \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f",
      "<|endoftext|><s></s><unk>[PAD]<0x0A><|im_start|>",
      "\u2581\u2581marks \u2581 and\u2581spaces",
      std::string("zero \0 byte", 11),
      "broken \xff\xfe utf \xe2\x96 at \xf0\x9f\xa6",
      "\x80",
      "\xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80",
      std::string(300, '=') + std::string(1000, ' ') + "x" +
          std::string(5000, 'a'),
  };
  return *texts;
}

std::string ReadGolden(const std::string& name) {
  const auto bytes = ReadFile(std::string(LENTIL_SOURCE_DIR) +
                              "/tests/golden/tokenizers/" + name);
  EXPECT_TRUE(bytes.ok()) << name << ": " << bytes.status().message();
  return bytes.ok() ? std::string(bytes->begin(), bytes->end()) : "";
}

GoldenTexts ReadGoldenTexts(const std::string& name) {
  const auto json =
      nlohmann::json::parse(ReadGolden(name + ".golden.json"), nullptr, false);
  GoldenTexts golden;
  EXPECT_TRUE(json.is_object()) << name;
  if (!json.is_object()) return golden;
  golden.file = json["file"];
  if (!json["config"].is_null()) golden.config = json["config"];
  if (!json["bos"].is_null()) golden.bos = json["bos"].get<uint32_t>();
  if (!json["eos"].is_null()) golden.eos = json["eos"].get<uint32_t>();
  for (const auto& one : json["cases"]) {
    golden.cases.emplace_back(one[0], std::nullopt);
    if (!one[1].is_null()) {
      golden.cases.back().second = one[1].get<std::vector<uint32_t>>();
    }
  }
  return golden;
}

void ExpectGoldenTexts(const Tokenizer& tokenizer, const GoldenTexts& golden) {
  EXPECT_FALSE(golden.cases.empty());
  EXPECT_EQ(tokenizer.bos(), golden.bos);
  EXPECT_EQ(tokenizer.eos(), golden.eos);
  for (const auto& [text, ids] : golden.cases) {
    const std::vector<uint32_t> symbols = EncodeText(tokenizer, text);
    EXPECT_EQ(DecodeText(tokenizer, symbols), text);
    EXPECT_EQ(symbols, ids.value_or(symbols)) << text;
  }
  ExpectLossless(tokenizer);
}

void ExpectLossless(const Tokenizer& tokenizer) {
  const auto expect_back = [&](const std::string& text) {
    const std::vector<uint32_t> symbols = EncodeText(tokenizer, text);
    EXPECT_LE(symbols.size(), text.size() + 1);
    EXPECT_TRUE(DecodeText(tokenizer, symbols) == text) << text;
  };
  for (const std::string& text : OddTexts()) expect_back(text);
  uint64_t random = 1;
  for (const size_t size : {1u, 2u, 3u, 10u, 100u, 3000u}) {
    std::string bytes(size, '\0');
    std::string ascii = bytes;
    for (char& c : bytes) c = static_cast<char>(SplitMix64(&random));
    for (char& c : ascii) c = static_cast<char>(SplitMix64(&random) % 128);
    expect_back(bytes);
    expect_back(ascii);
    expect_back(ascii + "\u2581" + ascii + bytes + ascii);
  }
  std::vector<uint32_t> symbols = {UINT32_MAX, tokenizer.vocab_size() + 256};
  EXPECT_EQ(DecodeText(tokenizer, symbols), "");
  for (int i = 0; i < 1000; ++i) {
    symbols.push_back(static_cast<uint32_t>(SplitMix64(&random)) %
                      (tokenizer.vocab_size() + 300));
  }
  (void)DecodeText(tokenizer, symbols);
}

}  // namespace lentil

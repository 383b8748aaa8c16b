// SPDX-License-Identifier: Apache-2.0

#include "tokenize/bpe_trainer.h"

#include <gtest/gtest.h>

#include "tokenize/gpt2_files.h"
#include "tokenize/tokenizer_json.h"
#include "tokenize/tokenizer_json_writer.h"
#include "tokenize/tokenizer_test_util.h"
#include "tokenize/utf8.h"

namespace lentil {
namespace {

using Strings = std::vector<std::string>;

TokenizerParts Train(const std::string& text, uint32_t vocab_size,
                     const std::string& pre = "gpt-2") {
  const auto parts = TrainBpe(AsBytes(text), {vocab_size, pre});
  EXPECT_TRUE(parts.ok()) << parts.status().message();
  return parts.ok() ? *parts : TokenizerParts();
}

TEST(BpeTrainer, MergesTheMostFrequentThenTheLowest) {
  // aaa 5 times, ab 4: (a,a) occurs 10 times, then (aa,a) 5 and (a,b) 4.
  const Strings merges = {"a a", "aa a", "a b"};
  EXPECT_EQ(Train("aaa\naaa\naaa\naaa\naaa\nab\nab\nab\nab", 259).merges,
            merges);
  // Three pairs occur twice: the lower goes first.
  const Strings lower = {"a b", "c d", "e f"};
  EXPECT_EQ(Train("ef\ncd\nab\nab\ncd\nef", 259).merges, lower);
}

TEST(BpeTrainer, StopsWhereNoPairOccursTwice) {
  EXPECT_EQ(Train("ab ab cd", 1000).tokens.size(), 257u);
  EXPECT_EQ(Train("", 1000).tokens.size(), 256u);
}

TEST(BpeTrainer, OptionsOutOfRange) {
  EXPECT_EQ(TrainBpe({}, {255, "gpt-2"}).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(TrainBpe({}, {300, "none"}).status().code(), Code::kUnsupported);
}

std::string SomeText() {
  std::string text = ReadGolden("../../../LICENSE");
  for (const std::string& odd : OddTexts()) text += odd + odd;
  return text;
}

TEST(BpeTrainer, TokenizersAreLosslessAndShort) {
  for (const char* pre : {"gpt-2", "llama-bpe", "qwen2", "smollm"}) {
    const std::string text = SomeText();
    const TokenizerParts parts = Train(text, 1000, pre);
    EXPECT_EQ(parts.tokens, Train(text, 1000, pre).tokens);
    const auto tokenizer = TokenizerFromParts(parts);
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    ExpectLossless(**tokenizer);
    EXPECT_LT(EncodeText(**tokenizer, text).size(), text.size() / 3);
  }
}

TEST(BpeTrainer, WhatIsWrittenGivesTheSameTokens) {
  TokenizerParts parts = Train(SomeText(), 600);
  parts.token_type.assign(parts.tokens.size(),
                          static_cast<int32_t>(GgmlTokenType::kNormal));
  parts.tokens.emplace_back("<|endoftext|>");
  parts.token_type.push_back(static_cast<int32_t>(GgmlTokenType::kControl));
  parts.tokens.emplace_back("<b>");
  parts.token_type.push_back(static_cast<int32_t>(GgmlTokenType::kUserDefined));
  const auto tokenizer = TokenizerFromParts(parts);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  const auto json = WriteTokenizerJson(parts);
  ASSERT_TRUE(json.ok()) << json.status().message();
  const auto read = TokenizerFromJson(*json);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ((*read)->vocab_size(), parts.tokens.size());
  for (const std::string& text : OddTexts()) {
    EXPECT_EQ(EncodeText(**read, text + "<b>"),
              EncodeText(**tokenizer, text + "<b>"));
  }
}

TEST(Gpt2Files, VocabularyAndMerges) {
  const std::string vocab =
      R"({"a": 0, "b": 1, "\u0120": 2, "ab": 3, "\u0120ab": 4,
          "<|endoftext|>": 7})";
  const auto tokenizer =
      TokenizerFromGpt2Files(vocab, "#version: 0.2\na b\n\u0120 ab\n");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->vocab_size(), 8u);
  EXPECT_EQ((*tokenizer)->eos(), 7u);
  const std::vector<uint32_t> expected = {3, 4, 2, 1, 8u + 'c'};
  EXPECT_EQ(EncodeText(**tokenizer, "ab ab bc"), expected);
  ExpectLossless(**tokenizer);

  const auto code = [&](const std::string& json, const std::string& merges) {
    return TokenizerFromGpt2Files(json, merges).status().code();
  };
  EXPECT_EQ(code("[]", ""), Code::kCorrupt);
  EXPECT_EQ(code(R"({"a": 1e9})", ""), Code::kCorrupt);
  EXPECT_EQ(code(R"({"a": 123456})", ""), Code::kCorrupt);
  EXPECT_EQ(code(vocab, "a"), Code::kCorrupt);
  EXPECT_EQ(code(vocab, "b a"), Code::kCorrupt);
}

}  // namespace
}  // namespace lentil

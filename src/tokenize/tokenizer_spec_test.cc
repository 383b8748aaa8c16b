// SPDX-License-Identifier: Apache-2.0
// The parts that tokenizers are made of, by small vocabularies.

#include "tokenize/tokenizer_spec.h"

#include <gtest/gtest.h>

#include <limits>

#include "tokenize/byte_alphabet.h"
#include "tokenize/tokenizer_parts.h"
#include "tokenize/tokenizer_test_util.h"

namespace lentil {
namespace {

using Ids = std::vector<uint32_t>;

std::shared_ptr<const Tokenizer> Build(TokenizerSpec spec) {
  auto tokenizer = BuildTokenizer(std::move(spec));
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  return tokenizer.ok() ? *tokenizer : nullptr;
}

// Doublings of 'a', and one word.
TokenizerSpec Doublings() {
  TokenizerSpec spec;
  spec.tokens = {{"a"}, {"aa"}, {"aaaa"}, {"b"}, {" "}, {" b"}, {" ba"}};
  spec.merges = {{"a", "a"}, {"aa", "aa"}, {" ", "b"}, {" b", "a"}};
  return spec;
}

TEST(ByteAlphabet, EveryByteHasACharacter) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  const std::string spelling = SpellBytes(AsBytes(bytes));
  EXPECT_EQ(BytesOfSpelling(spelling), bytes);
  EXPECT_EQ(SpellBytes(AsBytes(" \n\x7f\xad!")), "\u0120\u010a\u0121\u0143!");
  EXPECT_EQ(BytesOfSpelling("a b"), std::nullopt);
  EXPECT_EQ(BytesOfSpelling("\u0144"), std::nullopt);
  EXPECT_EQ(BytesOfSpelling("\xff"), std::nullopt);
}

TEST(Bpe, BestRankFirstThenLeftmost) {
  const auto tokenizer = Build(Doublings());
  EXPECT_EQ(EncodeText(*tokenizer, "aaaaaaa"), (Ids{2, 1, 0}));
  EXPECT_EQ(EncodeText(*tokenizer, "a ba"), (Ids{0, 6}));
  EXPECT_EQ(EncodeText(*tokenizer, "\x01"), (Ids{7 + 1}));
  ExpectLossless(*tokenizer);
}

TEST(Bpe, AMegabyteOfOneLetter) {
  const auto tokenizer = Build(Doublings());
  const std::string text(1u << 20, 'a');
  EXPECT_EQ(EncodeText(*tokenizer, text), Ids(text.size() / 4, 2));
}

TEST(Bpe, LongTextsAreCutBetweenCharacters) {
  TokenizerSpec spec;
  spec.starts_from_bytes = false;
  spec.tokens = {{"\u20ac"}, {"x"}};
  const auto tokenizer = Build(std::move(spec));
  std::string text = "x";
  for (int i = 0; i < 1'000'000; ++i) text += "\u20ac";
  const Ids symbols = EncodeText(*tokenizer, text);
  EXPECT_EQ(symbols.size(), 1'000'001u);
  EXPECT_EQ(DecodeText(*tokenizer, symbols), text);
}

TEST(Bpe, LiteralsStandBeforeAllElse) {
  TokenizerSpec spec = Doublings();
  spec.tokens.push_back(
      {.bytes = "ab", .kind = TokenKind::kDecodeOnly, .is_literal = true});
  spec.tokens.push_back(
      {.bytes = "abab", .kind = TokenKind::kDecodeOnly, .is_literal = true});
  const auto tokenizer = Build(std::move(spec));
  EXPECT_EQ(EncodeText(*tokenizer, "aaababab"), (Ids{1, 8, 7}));
  ExpectLossless(*tokenizer);
}

TEST(Bpe, ScoresGiveTheOrder) {
  TokenizerParts parts;
  parts.model = "llama";
  parts.tokens = {"<unk>", "<s>", "\u2581", "a",      "b",
                  "c",     "ab",  "bc",     "\u2581a"};
  parts.scores = {0, 0, -9, -9, -9, -9, -2, -1, -3};
  parts.token_type = {2, 3, 1, 1, 1, 1, 1, 1, 1};
  parts.bos_token_id = 1;
  const auto tokenizer = TokenizerFromParts(parts);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->bos(), 1u);
  EXPECT_EQ(EncodeText(**tokenizer, "abc"), (Ids{8, 7}));
  EXPECT_EQ(EncodeText(**tokenizer, " \u2581"),
            (Ids{2, 2, 9 + 0xe2, 9 + 0x96, 9 + 0x81}));
  EXPECT_EQ(EncodeText(**tokenizer, ""), Ids{});
  EXPECT_EQ(DecodeText(**tokenizer, {1, 8, 8}), "a a");
  ExpectLossless(**tokenizer);
}

TEST(Unigram, BestSumWins) {
  TokenizerSpec spec;
  spec.model = TokenModel::kUnigram;
  spec.starts_from_bytes = false;
  spec.tokens = {{.bytes = "a", .score = -3},
                 {.bytes = "b", .score = -3},
                 {.bytes = "ab", .score = -4},
                 {.bytes = "bb", .score = -1},
                 {.bytes = "\n", .kind = TokenKind::kByte}};
  const auto tokenizer = Build(std::move(spec));
  EXPECT_EQ(EncodeText(*tokenizer, "ab"), Ids{2});
  EXPECT_EQ(EncodeText(*tokenizer, "abb"), (Ids{0, 3}));
  EXPECT_EQ(EncodeText(*tokenizer, "a\nc"), (Ids{0, 4, 5 + 'c'}));
  ExpectLossless(*tokenizer);
}

TEST(BuildTokenizer, NoTokensAtAll) {
  for (const TokenModel model :
       {TokenModel::kListedMerges, TokenModel::kScoredMerges,
        TokenModel::kUnigram}) {
    TokenizerSpec spec;
    spec.model = model;
    ExpectLossless(*Build(std::move(spec)));
  }
}

TEST(BuildTokenizer, WhatDoesNotFitTogether) {
  const auto code = [](const auto& change) {
    TokenizerSpec spec = Doublings();
    change(&spec);
    return BuildTokenizer(std::move(spec)).status().code();
  };
  using Spec = TokenizerSpec;
  EXPECT_EQ(code([](Spec* s) { s->bos = 7; }), Code::kCorrupt);
  EXPECT_EQ(code([](Spec* s) { s->merges.emplace_back("b", "b"); }),
            Code::kCorrupt);
  EXPECT_EQ(code([](Spec* s) { s->merges.emplace_back("", ""); }),
            Code::kCorrupt);
  EXPECT_EQ(code([](Spec* s) { s->tokens[0].bytes.resize(2000); }),
            Code::kCorrupt);
  EXPECT_EQ(code([](Spec* s) {
              s->tokens[0].score = std::numeric_limits<double>::quiet_NaN();
            }),
            Code::kCorrupt);
  EXPECT_EQ(code([](Spec* s) { s->split.push_back({"("}); }),
            Code::kUnsupported);
}

TEST(TokenizerParts, WhatDoesNotFitTogether) {
  const auto code = [](const auto& change) {
    TokenizerParts parts;
    parts.model = "gpt2";
    parts.tokens = {"a", "b"};
    change(&parts);
    return TokenizerFromParts(parts).status().code();
  };
  using Parts = TokenizerParts;
  EXPECT_EQ(code([](Parts*) {}), Code::kOk);
  EXPECT_EQ(code([](Parts* p) { p->model = "rwkv"; }), Code::kUnsupported);
  EXPECT_EQ(code([](Parts* p) { p->pre = "none"; }), Code::kUnsupported);
  EXPECT_EQ(code([](Parts* p) { p->model = "llama"; }), Code::kCorrupt);
  EXPECT_EQ(code([](Parts* p) { p->token_type = {1}; }), Code::kCorrupt);
  EXPECT_EQ(code([](Parts* p) { p->token_type = {1, 7}; }), Code::kCorrupt);
  EXPECT_EQ(code([](Parts* p) { p->token_type = {1, 6}; }), Code::kCorrupt);
  for (const char* merge : {"", " ", "a", "a ", " a", "a b c", "a b"}) {
    EXPECT_EQ(code([&](Parts* p) { p->merges = {merge}; }), Code::kCorrupt);
  }
}

}  // namespace
}  // namespace lentil

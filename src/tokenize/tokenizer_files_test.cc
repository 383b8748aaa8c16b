// SPDX-License-Identifier: Apache-2.0
// tokenizer.json and tokenizer.model that are wrong or unknown, and details
// that the goldens do not reach.

#include <gtest/gtest.h>

#include "tokenize/gpt2_files.h"
#include "tokenize/sentencepiece_model.h"
#include "tokenize/tokenizer_json.h"
#include "tokenize/tokenizer_json_writer.h"
#include "tokenize/tokenizer_test_util.h"
#include "tokenize/utf8.h"

namespace lentil {
namespace {

// A tokenizer.json of which some members are as given.
std::string JsonWith(const std::string& members) {
  return R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2},
             "merges": ["a b"]}, "added_tokens": [
             {"id": 3, "content": "<s>", "special": true}])" +
         (members.empty() ? "" : ", " + members) + "}";
}

Status StatusOf(const std::string& json, const std::string& config = "") {
  return TokenizerFromJson(json, config).status();
}

TEST(TokenizerJson, UnknownComponentsAreNamed) {
  for (const auto& [members, name] :
       {std::pair<const char*, const char*>{
            R"("normalizer": {"type": "Rot13"})", "Rot13"},
        {R"("pre_tokenizer": {"type": "UnicodeScripts"})", "UnicodeScripts"},
        {R"("pre_tokenizer": {"type": "Sequence", "pretokenizers": [
             {"type": "BertPreTokenizer"}]})",
         "BertPreTokenizer"},
        {R"("pre_tokenizer": {"type": "Split", "behavior": "Eaten",
             "pattern": {"String": "a"}})",
         "Eaten"},
        {R"("pre_tokenizer": {"type": "Sequence", "pretokenizers": [
             {"type": "ByteLevel"}, {"type": "ByteLevel"}]})",
         "ByteLevel"},
        {R"("pre_tokenizer": {"type": "Sequence", "pretokenizers": [
             {"type": "Digits"},
             {"type": "Metaspace", "replacement": "\u2581"}]})",
         "Digits"},
        {R"("pre_tokenizer": {"type": "Metaspace", "replacement": "_"})",
         "'_'"},
        {R"("pre_tokenizer": {"type": "Split", "behavior": "Isolated",
             "pattern": {"Regex": "(a)\\1"}})",
         "unknown escape"},
        {R"("normalizer": {"type": "Prepend", "prepend": "x"})", "'x'"},
        {R"("normalizer": {"type": "Prepend", "prepend": "\u2581"})",
         "without a mark"},
        {R"("normalizer": {"type": "Replace", "content": "x",
             "pattern": {"Regex": "^"}})",
         "'^'"},
        {R"("decoder": {"type": "WordPiece"})", "WordPiece"},
        {R"("decoder": {"type": "Sequence", "decoders": [
             {"type": "Fuse"}, {"type": "CTC"}]})",
         "CTC"},
        {R"("decoder": {"type": "BPEDecoder", "suffix": "</w>"})",
         "BPEDecoder"},
        {R"("decoder": {"type": "Replace", "content": "\n",
             "pattern": {"String": "<n>"}})",
         "<n>"},
        {R"("decoder": {"type": "ByteLevel"})", "ByteLevel"},
        {R"("model": {"type": "WordPiece", "vocab": {}})", "WordPiece"},
        {R"("model": {"type": "BPE", "end_of_word_suffix": "</w>"})",
         "end_of_word_suffix"}}) {
    const Status status = StatusOf(JsonWith(members));
    EXPECT_EQ(status.code(), Code::kUnsupported) << members;
    EXPECT_NE(status.message().find(name), std::string::npos)
        << status.message();
  }
}

TEST(TokenizerJson, WhatIsWrongIsCorrupt) {
  for (const std::string& json :
       {std::string(), std::string("[]"), std::string("{"),
        std::string(100'000, '['),
        JsonWith(R"("model": {"type": "BPE", "merges": []})"),
        JsonWith(R"("model": {"type": "BPE", "vocab": {"a": -1}})"),
        JsonWith(R"("model": {"type": "BPE", "vocab": {"a": 4000000000}})"),
        JsonWith(R"("model": {"type": "BPE", "vocab": {"a": "0"}})"),
        JsonWith(R"("model": {"type": "BPE", "vocab": {"a": 0},
                    "merges": [["a"]]})"),
        JsonWith(R"("model": {"type": "BPE", "vocab": {"a": 0},
                    "merges": ["a a"]})"),
        JsonWith(R"("model": {"type": "Unigram", "vocab": [["a"]]})"),
        JsonWith(R"("model": {"type": "Unigram", "vocab": [["a", 1e99]]})"),
        JsonWith(R"("added_tokens": [{"content": "x"}])"),
        JsonWith(R"("pre_tokenizer": {"type": "Split",
                    "behavior": "Isolated"})")}) {
    EXPECT_EQ(StatusOf(json).code(), Code::kCorrupt) << json.substr(0, 200);
  }
  EXPECT_EQ(StatusOf(JsonWith(""), "{").code(), Code::kCorrupt);
  EXPECT_EQ(StatusOf(JsonWith(""), R"({"eos_token": "none"})").code(),
            Code::kCorrupt);
}

TEST(TokenizerJson, ConfigSaysWhatBeginsTexts) {
  const std::string json = JsonWith(
      R"("post_processor": {"type": "TemplateProcessing", "single": [
         {"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]})");
  const auto bos = [](const std::string& text, const std::string& config) {
    const auto tokenizer = TokenizerFromJson(text, config);
    EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    return tokenizer.ok() ? (*tokenizer)->bos() : std::nullopt;
  };
  EXPECT_EQ(bos(json, ""), 3u);
  EXPECT_EQ(bos(json, R"({"add_bos_token": false})"), std::nullopt);
  EXPECT_EQ(bos(json, R"({"bos_token": {"content": "a"}})"), 0u);
  EXPECT_EQ(bos(JsonWith(""), R"({"bos_token": "<s>"})"), std::nullopt);
  EXPECT_EQ(bos(JsonWith(""), R"({"bos_token": "<s>", "add_bos_token": true})"),
            3u);
}

TEST(TokenizerJson, GapsBetweenIdsHaveNoBytes) {
  const auto tokenizer = TokenizerFromJson(
      JsonWith(R"("model": {"vocab": {"a": 0, "b": 9}, "merges": []})"));
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->vocab_size(), 10u);
  EXPECT_EQ(DecodeText(**tokenizer, {0, 5, 3, 9}), "ab");
  ExpectLossless(**tokenizer);
}

// Quadratic work, in loading or at each place of a text, would take minutes.
TEST(TokenizerJson, ManyAddedTokensAreAsGoodAsFew) {
  constexpr uint32_t kMany = 400'000;
  std::string added;
  for (uint32_t i = 0; i < kMany; ++i) {
    added += (i == 0 ? "" : ",") + std::string(R"({"id":)") +
             std::to_string(i + 3) + R"(,"content":"<)" + std::to_string(i) +
             R"(>"})";
  }
  const auto tokenizer =
      TokenizerFromJson(JsonWith(R"("added_tokens": [)" + added + "]"));
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->vocab_size(), kMany + 3);
  std::string text;
  std::vector<uint32_t> expected;
  for (uint32_t i = 0; i < kMany; i += 2) {
    text += "<" + std::to_string(i) + ">ab";
    expected.insert(expected.end(), {i + 3, 2});
  }
  EXPECT_EQ(EncodeText(**tokenizer, text), expected);
  EXPECT_EQ(EncodeText(**tokenizer, "<399999>ab<40"),
            (std::vector<uint32_t>{400'002, 2, kMany + 3 + '<', kMany + 3 + '4',
                                   kMany + 3 + '0'}));
}

TEST(TokenizerJson, ManyTokensAreWrittenAndReadAgain) {
  TokenizerParts parts;
  parts.model = "gpt2";
  parts.pre = "gpt-2";
  for (uint32_t i = 0; i < 200'000; ++i) {
    parts.tokens.push_back("t" + std::to_string(i));
  }
  parts.tokens.push_back("t0");  // the first of this name counts
  const auto json = WriteTokenizerJson(parts);
  ASSERT_TRUE(json.ok()) << json.status().message();
  EXPECT_EQ(json->find("\"t0\""), json->rfind("\"t0\""));
  const auto tokenizer = TokenizerFromJson(*json);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->vocab_size(), 200'000u);
}

TEST(Gpt2Files, ValuesAreNumbers) {
  for (const char* vocab :
       {R"({"a": {}})", R"({"a": {"b": 1}})", R"({"a": [0]})", "[0]"}) {
    EXPECT_EQ(PartsFromGpt2Files(vocab, "").status().code(), Code::kCorrupt)
        << vocab;
  }
}

// An id far away costs memory for all before it.
TEST(TokenizerJson, IdsAreNotFarBeyondTheirNumber) {
  const auto with_id = [](const std::string& id) {
    return JsonWith(R"("model": {"vocab": {"a": 0, "b": )" + id +
                    R"(}, "merges": []}, "x": ")" +
                    std::string(2'000'000, 'x') + '"');
  };
  EXPECT_TRUE(StatusOf(with_id("1000000")).ok());
  EXPECT_EQ(StatusOf(with_id("1100000")).code(), Code::kCorrupt);
  const std::string vocab = R"({"a": 0, "b":)" + std::string(2'000'000, ' ');
  EXPECT_TRUE(PartsFromGpt2Files(vocab + "1000000}", "").ok());
  EXPECT_EQ(PartsFromGpt2Files(vocab + "1100000}", "").status().code(),
            Code::kCorrupt);
}

TEST(TokenizerJson, EntriesAreCounted) {
  std::string json = JsonWith(R"("x": [)");
  json.pop_back();  // the closing brace
  for (int i = 0; i < 1 << 24; ++i) json += "0,";
  EXPECT_EQ(StatusOf(json + "0]}").code(), Code::kCorrupt);
}

TEST(SentencePieceModel, TruncatedAnywhereIsNoCrash) {
  const std::string file = ReadGolden("sentencepiece_plain.model");
  const ByteSpan bytes = AsBytes(file);
  size_t accepted = 0;
  for (size_t size = 0; size < bytes.size(); size += 1 + size / 16) {
    const std::vector<uint8_t> part(bytes.begin(),
                                    bytes.begin() + static_cast<long>(size));
    accepted += TokenizerFromSentencePieceModel(part).ok() ? 1 : 0;
  }
  EXPECT_LE(accepted, 3u);  // where a piece ends
  EXPECT_EQ(TokenizerFromSentencePieceModel({}).status().code(),
            Code::kCorrupt);
}

TEST(SentencePieceModel, WhatIsNotSupportedIsNamed) {
  const std::string file = ReadGolden("sentencepiece_plain.model");
  // A second trainer_spec (field 2) or normalizer_spec (3) adds to the first.
  for (const auto& [more, name] :
       {std::pair<std::string, const char*>{{2 << 3 | 2, 2, 3 << 3, 3}, "3"},
        {{2 << 3 | 2, 3, '\xc0', 1, 1}, "treat_whitespace_as_suffix"},
        {{3 << 3 | 2, 2, 5 << 3, 0}, "escape_whitespaces"}}) {
    const Status status =
        TokenizerFromSentencePieceModel(AsBytes(file + more)).status();
    EXPECT_EQ(status.code(), Code::kUnsupported);
    EXPECT_NE(status.message().find(name), std::string::npos)
        << status.message();
  }
  for (const std::string& more :
       {std::string("\x0b"), std::string("\x0a\x7f"), std::string(11, '\xff'),
        std::string("\x0d\0\0", 3)}) {
    EXPECT_EQ(
        TokenizerFromSentencePieceModel(AsBytes(file + more)).status().code(),
        Code::kCorrupt);
  }
}

}  // namespace
}  // namespace lentil

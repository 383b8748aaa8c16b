// SPDX-License-Identifier: Apache-2.0
// Small tokenizers of every kind against the reference implementations:
// tests/golden/tokenizers, written by tools/make_tokenizer_goldens.py.

#include <gtest/gtest.h>

#include <string>

#include "tokenize/sentencepiece_model.h"
#include "tokenize/tokenizer_json.h"
#include "tokenize/tokenizer_test_util.h"
#include "tokenize/utf8.h"

namespace lentil {
namespace {

class GoldenTokenizers : public testing::TestWithParam<const char*> {};

TEST_P(GoldenTokenizers, TokensAreTheReferences) {
  const GoldenTexts golden = ReadGoldenTexts(GetParam());
  const std::string file = ReadGolden(golden.file);
  const auto tokenizer = golden.file.ends_with(".model")
                             ? TokenizerFromSentencePieceModel(AsBytes(file))
                             : TokenizerFromJson(file, golden.config);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  ExpectGoldenTexts(**tokenizer, golden);
}

INSTANTIATE_TEST_SUITE_P(
    All, GoldenTokenizers,
    testing::Values("gpt2_style", "llama3_style", "qwen2_style", "smollm_style",
                    "splits", "falcon_style", "bytes_first", "bloom_style",
                    "whitespace", "llama_style", "llama_metaspace",
                    "gemma_style", "marked_first", "unigram_style",
                    "xlmr_style", "sentencepiece_bpe", "sentencepiece_unigram",
                    "sentencepiece_plain"),
    [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace lentil

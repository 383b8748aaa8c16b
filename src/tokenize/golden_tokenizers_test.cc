// SPDX-License-Identifier: Apache-2.0
// Small tokenizers of every kind against the reference implementations:
// tests/golden/tokenizers, written by tools/make_tokenizer_goldens.py.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "tokenize/sentencepiece_model.h"
#include "tokenize/tokenizer_json.h"
#include "tokenize/tokenizer_test_util.h"
#include "tokenize/utf8.h"

namespace lentil {
namespace {

using Json = nlohmann::json;

std::vector<uint8_t> ReadGolden(const std::string& name) {
  const auto bytes = ReadFile(std::string(LENTIL_SOURCE_DIR) +
                              "/tests/golden/tokenizers/" + name);
  EXPECT_TRUE(bytes.ok()) << name << ": " << bytes.status().message();
  return bytes.ok() ? *bytes : std::vector<uint8_t>();
}

Result<std::shared_ptr<const Tokenizer>> Load(const Json& golden) {
  const auto name = golden["file"].get<std::string>();
  const std::vector<uint8_t> file = ReadGolden(name);
  if (name.ends_with(".model")) return TokenizerFromSentencePieceModel(file);
  const Json& config = golden["config"];
  return TokenizerFromJson(AsText(file),
                           config.is_null() ? "" : config.get<std::string>());
}

std::optional<uint32_t> IdOrNone(const Json& id) {
  return id.is_null() ? std::nullopt : std::optional(id.get<uint32_t>());
}

class GoldenTokenizers : public testing::TestWithParam<const char*> {};

TEST_P(GoldenTokenizers, TokensAreTheReferences) {
  const std::vector<uint8_t> file =
      ReadGolden(std::string(GetParam()) + ".golden.json");
  const Json golden = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(golden.is_object());
  const auto tokenizer = Load(golden);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->bos(), IdOrNone(golden["bos"]));
  EXPECT_EQ((*tokenizer)->eos(), IdOrNone(golden["eos"]));
  for (const Json& one : golden["cases"]) {
    const auto text = one[0].get<std::string>();
    const std::vector<uint32_t> symbols = EncodeText(**tokenizer, text);
    EXPECT_EQ(DecodeText(**tokenizer, symbols), text);
    if (one[1].is_null()) continue;  // the reference does not restore it
    EXPECT_EQ(symbols, one[1].get<std::vector<uint32_t>>()) << text;
  }
  ExpectLossless(**tokenizer);
}

INSTANTIATE_TEST_SUITE_P(
    All, GoldenTokenizers,
    testing::Values("gpt2_style", "llama3_style", "qwen2_style", "smollm_style",
                    "splits", "llama_style", "llama_metaspace", "gemma_style",
                    "unigram_style", "sentencepiece_bpe",
                    "sentencepiece_unigram", "sentencepiece_plain"),
    [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Tokenizers of published models, which the repository does not hold: in
// ../shared/models beside the checkout, or skipped.

#include <gtest/gtest.h>
#include <lzma.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "base/file.h"
#include "model/imported/gguf_tokenizer.h"
#include "tokenize/sentencepiece_model.h"
#include "tokenize/tokenizer_json.h"
#include "tokenize/tokenizer_test_util.h"
#include "tokenize/utf8.h"
#include "weights/gguf.h"

namespace lentil {
namespace {

class RealTokenizers : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = LENTIL_SOURCE_DIR "/../shared/models";
    if (!std::filesystem::exists(folder_)) {
      GTEST_SKIP() << "no shared models beside the checkout";
    }
  }

  // A file's text, unpacked if its name ends in .xz.
  std::string Read(const std::string& name) const {
    const auto bytes = ReadFile((folder_ / name).string());
    EXPECT_TRUE(bytes.ok()) << name << ": " << bytes.status().message();
    if (!bytes.ok()) return "";
    if (!name.ends_with(".xz")) return {bytes->begin(), bytes->end()};
    constexpr size_t kMaxSize = 32u << 20;
    std::string text(kMaxSize, '\0');
    uint64_t memory = kMaxSize * 4;
    size_t in = 0;
    size_t out = 0;
    EXPECT_EQ(lzma_stream_buffer_decode(
                  &memory, 0, nullptr, bytes->data(), &in, bytes->size(),
                  reinterpret_cast<uint8_t*>(text.data()), &out, text.size()),
              LZMA_OK);
    text.resize(out);
    return text;
  }

  void TestVocabulary(const std::string& name) const {
    const std::string base = "vocab/ggml-vocab-" + name + ".gguf";
    const std::string file = Read(base + ".xz");
    const auto gguf = Gguf::Parse(AsBytes(file));
    ASSERT_TRUE(gguf.ok()) << gguf.status().message();
    const auto tokenizer = TokenizerFromGguf(*gguf);
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    const std::string separator = "\n__ggml_vocab_test__\n";
    std::string texts = Read(base + ".inp");
    std::istringstream lines(Read(base + ".out"));
    std::string line;
    while (std::getline(lines, line)) {
      const size_t end = std::min(texts.find(separator), texts.size());
      const std::string text = texts.substr(0, end);
      texts.erase(0, end + separator.size());
      std::istringstream numbers(line);
      std::vector<uint32_t> expected;
      for (uint32_t id = 0; numbers >> id;) expected.push_back(id);
      EXPECT_EQ(EncodeText(**tokenizer, text), expected) << text;
    }
    EXPECT_TRUE(texts.empty());
    ExpectLossless(**tokenizer);
  }

  std::filesystem::path folder_;
};

TEST_F(RealTokenizers, SentencePieceModels) {
  for (const char* name : {"real_stories260k", "real_babyllama105"}) {
    const GoldenTexts golden = ReadGoldenTexts(name);
    const auto tokenizer =
        TokenizerFromSentencePieceModel(AsBytes(Read(golden.file)));
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    ExpectGoldenTexts(**tokenizer, golden);
  }
}

TEST_F(RealTokenizers, TinyRandomGpt2) {
  const GoldenTexts golden = ReadGoldenTexts("real_tiny_random_gpt2");
  const auto tokenizer = TokenizerFromJson(Read(golden.file));
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  ExpectGoldenTexts(**tokenizer, golden);
}

TEST_F(RealTokenizers, Gpt2) { TestVocabulary("gpt-2"); }
TEST_F(RealTokenizers, Falcon) { TestVocabulary("falcon"); }
TEST_F(RealTokenizers, Phi3) { TestVocabulary("phi-3"); }

}  // namespace
}  // namespace lentil

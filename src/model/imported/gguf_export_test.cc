// SPDX-License-Identifier: Apache-2.0
// Folders that become GGUF files: the same tokens, and logits of the same bits.

#include "model/imported/gguf_export.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/fp_mode.h"
#include "base/output_file.h"
#include "kernels/kernels.h"
#include "model/imported/families.h"
#include "model/imported/gguf_config.h"
#include "model/imported/language_model.h"
#include "model/imported/load_transformer.h"
#include "model/imported/token_decoder.h"
#include "weights/float_tensor.h"

namespace lentil {
namespace {

namespace fs = std::filesystem;

const std::string kGoldens = std::string(LENTIL_SOURCE_DIR) + "/tests/golden/";
const std::string kModels =
    std::string(LENTIL_SOURCE_DIR) + "/../shared/models/";

// Cases that GGUF has no place for, and what the message says. All others whose
// family it knows must convert.
const std::map<std::string, std::string> kRefused = {
    {"gpt2_inverse_layer", "scale of attention in each layer"},
    {"gpt_neox_sequential", "activation"},
    {"phi_qk_norm", "norm of queries and keys"},
    {"qwen2_window", "windows"},
    {"smollm3", "layers without rotation"},
};

std::vector<std::string> Cases() {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry :
       fs::directory_iterator(kGoldens + "families", ignored)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string ModelType(const std::string& folder) {
  const auto config = ReadFile(folder + "/config.json");
  return nlohmann::json::parse(*config).value("model_type", "");
}

class GgufExportTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "lentil_export_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(
        WriteFile(Path(name),
                  {reinterpret_cast<const uint8_t*>(text.data()), text.size()})
            .ok());
  }
  std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }

  // A golden's weights and configuration, in a folder with a tokenizer of as
  // many tokens: bytes of English, and some merges.
  void TakeFamily(const std::string& name) {
    for (const char* file : {"config.json", "model.safetensors"}) {
      fs::copy(kGoldens + "families/" + name + "/" + file, folder_);
    }
    nlohmann::json vocab = {{"<|endoftext|>", 0}};
    const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIT.,!?0123";
    for (const char c : letters) vocab[std::string(1, c)] = vocab.size();
    vocab["\u0120"] = vocab.size();
    std::string merges = "#version: 0.2\n";
    const auto merge = [&](const std::string& left, const std::string& right) {
      vocab[left + right] = vocab.size();
      merges += left + " " + right + "\n";
    };
    merge("t", "h");
    merge("th", "e");
    merge("\u0120", "a");
    merge("\u0120", "the");
    Write("vocab.json", vocab.dump());
    Write("merges.txt", merges);
  }

  Result<QuantizeReport> Export(const std::string& from,
                                std::optional<DType> dtype) {
    const auto checkpoint = Checkpoint::Open(from);
    if (!checkpoint.ok()) return checkpoint.status();
    const ScopedFpMode mode;
    std::vector<uint8_t> bytes;
    const auto report =
        ExportGguf(**checkpoint, dtype, [&](std::span<const uint8_t> piece) {
          bytes.insert(bytes.end(), piece.begin(), piece.end());
          return Status();
        });
    if (report.ok()) {
      EXPECT_TRUE(WriteFile(Path("out.gguf"), bytes).ok());
    } else {
      EXPECT_TRUE(bytes.empty()) << "errors come before the first byte";
    }
    return report;
  }

  // What is written of the folder's configuration, with a table of embeddings;
  // it says the same.
  Gguf ConfigAsGguf() {
    const auto checkpoint = Checkpoint::Open(folder_.string());
    const auto type = GgufArchitectureOf(ModelType(folder_.string()));
    auto config = WriteGgufConfig(**checkpoint, *type);
    EXPECT_TRUE(config.ok()) << config.status().message();
    written_ = std::move(*config);
    const auto plan = PlanOf(**checkpoint, 0);
    Gguf gguf =
        Gguf::Of(written_.metadata.Values(),
                 {{"token_embd.weight",
                   {DType::kF32, {plan->spec.vocab, plan->spec.d_model}, {}}}});
    const Status same = CheckSameConfig(**checkpoint, gguf);
    EXPECT_TRUE(same.ok()) << same.message();
    return gguf;
  }

  GgufConfig written_;  // which the views above are of
  fs::path folder_;
};

// Of tokens that fill the context, or 40 of them.
std::vector<float> LogitsOf(const std::string& path) {
  const auto checkpoint = Checkpoint::Open(path);
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  if (!checkpoint.ok()) return {};
  const auto model = LoadTransformer(*checkpoint, kMaxContext);
  EXPECT_TRUE(model.ok()) << model.status().message();
  if (!model.ok()) return {};
  const TransformerSpec& spec = (*model)->spec();
  const uint32_t count = std::min(spec.max_positions, 40u);
  const ScopedFpMode mode;
  TokenDecoder decoder(*model, **DefaultKernels(), 1, count);
  std::vector<TokenRow> rows;
  for (uint32_t i = 0; i < count; ++i) {
    rows.push_back({0, i, (i * 37 + 11) % spec.vocab});
  }
  decoder.Forward(rows);
  std::vector<float> logits(count * decoder.logit_stride());
  decoder.Logits(0, count, logits.data());
  return logits;
}

void ExpectSameBits(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  ASSERT_FALSE(a.empty());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
}

INSTANTIATE_TEST_SUITE_P(Goldens, GgufExportTest, testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GgufExportTest);

TEST_P(GgufExportTest, LogitsAreTheSameBits) {
  TakeFamily(GetParam());
  const std::string type = ModelType(folder_.string());
  const auto report = Export(folder_.string(), std::nullopt);
  if (!GgufArchitectureOf(type).ok()) {
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.status().code(), Code::kUnsupported);
    EXPECT_NE(report.status().message().find("'" + type + "'"),
              std::string::npos)
        << report.status().message();
    return;
  }
  const auto refused = kRefused.find(GetParam());
  if (refused != kRefused.end()) {
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.status().code(), Code::kUnsupported);
    EXPECT_NE(report.status().message().find(refused->second),
              std::string::npos)
        << report.status().message();
    return;
  }
  ASSERT_TRUE(report.ok()) << report.status().message();
  const std::vector<float> logits = LogitsOf(folder_.string());
  ExpectSameBits(LogitsOf(Path("out.gguf")), logits);

  // The type that they are stored in, asked for.
  ASSERT_TRUE(Export(folder_.string(), DType::kF32).ok());
  ExpectSameBits(LogitsOf(Path("out.gguf")), logits);

  // Half the bits: the same but for rounding. Weights are sixty-fourths.
  ASSERT_TRUE(Export(folder_.string(), DType::kF16).ok());
  ExpectSameBits(LogitsOf(Path("out.gguf")), logits);
}

class GgufExport : public GgufExportTest {};
INSTANTIATE_TEST_SUITE_P(Once, GgufExport, testing::Values(""));

TEST_P(GgufExport, NamesAndConventionsAreLlamaCpps) {
  TakeFamily("llama");
  ASSERT_TRUE(Export(folder_.string(), std::nullopt).ok());
  const auto file = Checkpoint::Open(Path("out.gguf"));
  ASSERT_TRUE(file.ok()) << file.status().message();
  const Gguf& gguf = *(*file)->gguf();
  EXPECT_EQ(*gguf.GetString("general.architecture"), "llama");
  EXPECT_EQ(*gguf.GetUint("llama.block_count"), 2u);
  EXPECT_EQ(*gguf.GetUint("llama.rope.dimension_count"), 8u);
  EXPECT_EQ(*gguf.GetFloat("llama.rope.freq_base"), 500.0);
  EXPECT_EQ(*gguf.GetString("tokenizer.ggml.model"), "gpt2");
  EXPECT_EQ(*gguf.GetString("tokenizer.ggml.pre"), "gpt-2");
  EXPECT_EQ(gguf.GetStrings("tokenizer.ggml.tokens")->size(), 67u);  // padded

  // Rows of a head of eight: 0 4 1 5 2 6 3 7.
  const auto folder = Checkpoint::Open(folder_.string());
  const auto row = [](const TensorView& tensor, uint64_t i) {
    std::vector<float> values(tensor.shape[1]);
    EXPECT_TRUE(
        ReadFloats(tensor, i * values.size(), values.size(), values.data())
            .ok());
    return values;
  };
  const TensorView ours = *(*file)->Get("blk.1.attn_q.weight");
  const TensorView theirs =
      *(*folder)->Get("model.layers.1.self_attn.q_proj.weight");
  for (const uint64_t head : {0, 8, 16}) {
    const uint64_t kOrder[] = {0, 4, 1, 5, 2, 6, 3, 7};
    for (uint64_t i = 0; i < 8; ++i) {
      EXPECT_EQ(row(ours, head + i), row(theirs, head + kOrder[i]));
    }
  }
}

TEST_P(GgufExport, NormsOfGemmaHaveOneAdded) {
  TakeFamily("gemma2");
  ASSERT_TRUE(Export(folder_.string(), std::nullopt).ok());
  const auto file = Checkpoint::Open(Path("out.gguf"));
  const auto folder = Checkpoint::Open(folder_.string());
  float theirs = 0;
  float ours = 0;
  ASSERT_TRUE(
      ReadFloats(*(*folder)->Get("model.norm.weight"), 3, 1, &theirs).ok());
  ASSERT_TRUE(
      ReadFloats(*(*file)->Get("output_norm.weight"), 3, 1, &ours).ok());
  EXPECT_EQ(ours, theirs + 1.0f);
}

TEST_P(GgufExport, MatricesAreQuantisedAndTheRestIsNot) {
  TakeFamily("gpt_neox");  // 32 and 44 wide
  const auto report = Export(folder_.string(), DType::kQ8_0);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->halved,
            (std::vector<std::string>{"blk.0.ffn_down.weight",
                                      "blk.1.ffn_down.weight"}));
  EXPECT_LT(report->bytes_after, report->bytes_before / 2);
  const auto file = Checkpoint::Open(Path("out.gguf"));
  EXPECT_EQ((*file)->Get("blk.0.attn_qkv.weight")->dtype, DType::kQ8_0);
  EXPECT_EQ((*file)->Get("blk.0.ffn_down.weight")->dtype, DType::kF16);
  EXPECT_EQ((*file)->Get("blk.0.attn_qkv.bias")->dtype, DType::kF32);
  EXPECT_EQ((*file)->Get("output_norm.weight")->dtype, DType::kF32);
  EXPECT_EQ(*(*file)->gguf()->GetUint("general.file_type"), 7u);
  EXPECT_FALSE(LogitsOf(Path("out.gguf")).empty());
}

TEST_P(GgufExport, WithoutATokenizerItIsRefused) {
  TakeFamily("llama");
  fs::remove(Path("merges.txt"));
  const auto report = Export(folder_.string(), std::nullopt);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), Code::kCorrupt);
  EXPECT_NE(report.status().message().find("no tokenizer"), std::string::npos);
}

TEST_P(GgufExport, WhatIsGgufIsRefused) {
  TakeFamily("llama");
  ASSERT_TRUE(Export(folder_.string(), std::nullopt).ok());
  EXPECT_EQ(Export(Path("out.gguf"), std::nullopt).status().code(),
            Code::kUnsupported);
}

// Numbers that float32 does not hold are kept, and count only beside those that
// they belong to.
TEST_P(GgufExport, NumbersAreExact) {
  TakeFamily("llama_llama3");
  auto config = nlohmann::json::parse(*ReadFile(Path("config.json")));
  config["rope_theta"] = 500.042;
  Write("config.json", config.dump());
  ASSERT_TRUE(Export(folder_.string(), std::nullopt).ok());
  ExpectSameBits(LogitsOf(Path("out.gguf")), LogitsOf(folder_.string()));
  const auto file = Checkpoint::Open(Path("out.gguf"));
  const Gguf& gguf = *(*file)->gguf();
  EXPECT_EQ(*gguf.GetFloat("lentil.exact.llama.rope.freq_base"), 500.042);
  GgufMetadata edited;
  for (const auto& [key, value] : gguf.metadata()) edited.Set(key, value);
  edited.SetFloat32("llama.rope.freq_base", 10000.0f);
  const auto plan = PlanFromGguf(Gguf::Of(edited.Values(), gguf.tensors()), 0);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->spec.rotary[0].base, 10000.0);
}

// llama.cpp's loader scales by √(width ÷ heads) there, and by √(size of a head)
// of all others.
TEST_P(GgufExport, GemmasOf27BillionScaleByTheirWidth) {
  const struct {
    const char* golden;
    const char* name;
    uint32_t layers;
    double size;
  } kCases[] = {
      {"gemma2", "gemma2", 46, 6},      {"gemma2", "gemma2", 42, 8},
      {"gemma2", "gemma2", 62, 8},      {"gemma3_text", "gemma3", 62, 6},
      {"gemma3_text", "gemma3", 46, 8}, {"gemma3_text", "gemma3", 48, 8}};
  for (const auto& test : kCases) {
    SCOPED_TRACE(std::string(test.name) + std::to_string(test.layers));
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    TakeFamily(test.golden);  // 24 wide, 4 heads of 8
    auto config = nlohmann::json::parse(*ReadFile(Path("config.json")));
    config["num_hidden_layers"] = test.layers;
    for (const double scalar : {test.size, 14 - test.size, 12.0}) {
      config["query_pre_attn_scalar"] = scalar;
      Write("config.json", config.dump());
      const Gguf gguf = ConfigAsGguf();
      const std::string key = std::string(test.name) + ".attention.scale";
      EXPECT_EQ(gguf.Has(key), scalar != test.size);
      const auto plan = PlanFromGguf(gguf, 0);
      ASSERT_TRUE(plan.ok()) << plan.status().message();
      EXPECT_EQ(plan->spec.layers.back().attention_scale,
                static_cast<float>(1 / std::sqrt(scalar)));
    }
  }
}

// Of what is refused above, the part that GGUF does know.
TEST_P(GgufExport, NearToWhatIsRefused) {
  TakeFamily("gpt_neox_sequential");
  auto config = nlohmann::json::parse(*ReadFile(Path("config.json")));
  config["hidden_act"] = "gelu";
  Write("config.json", config.dump());
  const auto report = Export(folder_.string(), std::nullopt);
  ASSERT_TRUE(report.ok()) << report.status().message();
  ExpectSameBits(LogitsOf(Path("out.gguf")), LogitsOf(folder_.string()));
}

// llama.cpp has no key for them: each fourth layer of smollm3 does not rotate.
TEST_P(GgufExport, EachFourthLayerOfSmolLm3DoesNotRotate) {
  TakeFamily("smollm3");
  auto config = nlohmann::json::parse(*ReadFile(Path("config.json")));
  config["num_hidden_layers"] = 8;
  config["no_rope_layers"] = {1, 1, 1, 0, 1, 1, 1, 0};
  Write("config.json", config.dump());
  const auto plan = PlanFromGguf(ConfigAsGguf(), 0);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  for (uint32_t i = 0; i < 8; ++i) {
    EXPECT_EQ(plan->spec.layers[i].rotary, i % 4 == 3 ? -1 : 0) << i;
  }
}

// The tokenizers of the goldens, in a folder with some model.
class GgufTokenizers : public GgufExportTest {};
INSTANTIATE_TEST_SUITE_P(
    Goldens, GgufTokenizers,
    testing::Values("gpt2_style.json", "llama3_style.json", "qwen2_style.json",
                    "smollm_style.json", "bloom_style.json", "llama_style.json",
                    "llama_metaspace.json", "gemma_style.json",
                    "unigram_style.json", "sentencepiece_bpe.model",
                    "sentencepiece_unigram.model", "sentencepiece_plain.model"),
    [](const auto& info) {
      std::string name = info.param;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

TEST_P(GgufTokenizers, TokensAreTheSame) {
  TakeFamily("llama");
  const bool is_json = GetParam().ends_with(".json");
  fs::copy(kGoldens + "tokenizers/" + GetParam(),
           Path(is_json ? "tokenizer.json" : "tokenizer.model"));
  const auto report = Export(folder_.string(), std::nullopt);
  ASSERT_TRUE(report.ok()) << report.status().message();
  const auto folder = Checkpoint::Open(folder_.string());
  const auto file = Checkpoint::Open(Path("out.gguf"));
  const auto ours = OpenTokenizer(**folder);
  const auto theirs = OpenTokenizer(**file);
  ASSERT_TRUE(ours.ok()) << ours.status().message();
  ASSERT_TRUE(theirs.ok()) << theirs.status().message();
  EXPECT_EQ((*ours)->bos(), (*theirs)->bos());
  EXPECT_EQ((*ours)->eos(), (*theirs)->eos());
  // Text that is not among the samples.
  const auto page = ReadFile(LENTIL_SOURCE_DIR "/docs/checkpoints.md");
  ASSERT_TRUE(page.ok());
  std::vector<uint32_t> expected, found;
  (*ours)->Encode(*page, &expected);
  (*theirs)->Encode(*page, &found);
  const uint32_t escapes = (*ours)->vocab_size();
  const uint32_t shift = (*theirs)->vocab_size() - escapes;  // padding
  for (uint32_t& symbol : expected) {
    if (symbol >= escapes) symbol += shift;
  }
  EXPECT_EQ(found, expected);
  EXPECT_LT(found.size(), page->size());
}

TEST_P(GgufExport, PreTokenizersThatGgufLacksAreNamed) {
  TakeFamily("llama");
  // Falcon's cuts digits of the bytes' spelling, so ü in two; GGUF's does not.
  for (const char* name : {"splits.json", "falcon_style.json"}) {
    fs::copy(kGoldens + "tokenizers/" + name, Path("tokenizer.json"),
             fs::copy_options::overwrite_existing);
    const auto report = Export(folder_.string(), std::nullopt);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.status().code(), Code::kUnsupported);
    EXPECT_NE(report.status().message().find("no pre-tokenizer of GGUF"),
              std::string::npos)
        << report.status().message();
  }
}

// The same weights, converted by llama.cpp: the same bits of logits, and after
// our conversion the same bytes of tensors and tokens.
TEST_P(GgufExport, StoriesAreThoseThatArePublished) {
  const std::string stories = kModels + "stories260K";
  const std::string published = stories + "/stories260K.gguf";
  if (!fs::exists(stories)) GTEST_SKIP() << "no shared models";
  ExpectSameBits(LogitsOf(stories), LogitsOf(published));

  for (const char* file : {"config.json", "model.safetensors"}) {
    fs::copy(stories + "/" + file, folder_);
  }
  fs::copy(stories + "/tok512.model", Path("tokenizer.model"));
  const auto report = Export(folder_.string(), std::nullopt);
  ASSERT_TRUE(report.ok()) << report.status().message();
  const auto ours = Checkpoint::Open(Path("out.gguf"));
  const auto theirs = Checkpoint::Open(published);
  for (const auto& [name, tensor] : (*theirs)->tensors()) {
    if (name == "output.weight") continue;  // the embeddings once more
    const auto found = (*ours)->Get(name);
    ASSERT_TRUE(found.ok()) << found.status().message();
    EXPECT_EQ(found->dtype, tensor.dtype) << name;
    EXPECT_EQ(found->shape, tensor.shape) << name;
    EXPECT_TRUE(std::ranges::equal(found->bytes, tensor.bytes)) << name;
  }
  for (const char* key : {"tokens", "scores", "token_type"}) {
    const std::string name = std::string("tokenizer.ggml.") + key;
    EXPECT_TRUE(
        std::ranges::equal((*ours)->gguf()->metadata().at(name).bytes,
                           (*theirs)->gguf()->metadata().at(name).bytes))
        << name;
  }
}

}  // namespace
}  // namespace lentil

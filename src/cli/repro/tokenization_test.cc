// SPDX-License-Identifier: Apache-2.0
// From text to a model of tokens to a file: what the trainer says a text costs
// is what it does cost.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/fp_mode.h"
#include "codec/token_frame.h"
#include "model/imported/language_model.h"
#include "train/export_tokens.h"
#include "train/random.h"
#include "train/token_set.h"
#include "train/trainer.h"

namespace lentil {
namespace {

constexpr double kBitsPerNat = 1.4426950408889634;

std::vector<uint8_t> Words(uint64_t seed, size_t size) {
  const char* words[] = {"lens ", "lentil ", "lentils, ", "pea ", "peas\n"};
  std::string text;
  for (uint64_t i = 0; text.size() < size; ++i) {
    text += words[RandomBits(seed, i) % 5];
    text += static_cast<char>('a' + RandomBits(~seed, i) % 26);
  }
  return {text.begin(), text.end()};
}

TEST(TokenModel, CodeIsAsLongAsTheTrainerSays) {
  std::vector<TextSource> sources = {{"text", 1.0, Words(1, 60000)}};
  const TokenSet set = LearnTokenSet(sources, 300).value();
  ASSERT_TRUE(Tokenize(set, &sources).ok());
  const Corpus corpus = Corpus::Create(std::move(sources), 256).value();
  TrainCheckpoint fresh;
  fresh.config = {.d_model = 32,
                  .heads = 2,
                  .kv_heads = 1,
                  .head_dim = 16,
                  .d_mlp = 64,
                  .inputs = LastBytes(1),
                  .windows = {8, 24}};
  fresh.vocabulary = set.vocabulary;
  const ParameterLayout layout(fresh.config, fresh.vocabulary);
  fresh.parameters = InitialParameters(layout, 1);
  TrainOptions options;
  options.warmup_steps = 5;
  options.stages = {{0, 128, 8}};
  Trainer trainer(std::move(fresh), corpus, options);
  for (int i = 0; i < 30; ++i) trainer.Step();
  const std::vector<float>& parameters = trainer.Snapshot().parameters;

  // Windows are short, so that a context that slides loses nothing.
  const std::vector<uint8_t> text = Words(2, 30000);
  std::vector<uint32_t> tokens;
  set.tokenizer->Encode(text, &tokens);
  ASSERT_GT(tokens.size(), kMaxContext);
  Workspace workspace;
  const double said =
      kBitsPerNat * EngineFor(16).loss(layout, parameters.data(),
                                       {{}, tokens.size(), tokens}, false, 0,
                                       nullptr, workspace);
  EXPECT_LT(said, 8.0 * 0.6 * static_cast<double>(text.size())) << "learned";

  const std::string folder = testing::TempDir() + "lentil_coded_token_model";
  ASSERT_TRUE(
      ExportTokenModel(layout, parameters, set.json, "{}", folder).ok());
  const auto model = LanguageModel::Open(folder);
  ASSERT_TRUE(model.ok()) << model.status().message();
  const ScopedFpMode mode;
  const TokenFrameCoder coder(*model);
  std::vector<uint8_t> payload;
  ASSERT_TRUE(
      coder
          .Encode(text, {.lanes = 1, .table_bits = 0}, FrameContext(), &payload)
          .ok());
  EXPECT_NEAR(8.0 * static_cast<double>(payload.size()) / said, 1, 0.005);
  std::vector<uint8_t> restored(text.size());
  ASSERT_TRUE(coder.Decode(payload, FrameContext(), restored).ok());
  EXPECT_EQ(restored, text);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// What the trainer computes and what the exported model does.

#include "train/export_tokens.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/fp_mode.h"
#include "model/imported/language_model.h"
#include "model/imported/token_decoder.h"
#include "train/engine.h"
#include "train/random.h"
#include "train/token_set.h"

namespace lentil {
namespace {

// Two KV groups, windows shorter than the text, and parameters away from their
// starts.
struct OddModel {
  OddModel() {
    const char* words[] = {"lens ", "lentil ", "lentils, ", "pea ", "peas\n"};
    std::string text;
    for (uint64_t i = 0; text.size() < 3000; ++i) {
      text += words[RandomBits(1, i) % 5];
    }
    sources = {{"text", 1.0, {text.begin(), text.end()}}};
    set = LearnTokenSet(sources, 270).value();
    EXPECT_TRUE(Tokenize(set, &sources).ok());
    layout =
        std::make_unique<ParameterLayout>(DecoderConfig{.d_model = 32,
                                                        .heads = 4,
                                                        .kv_heads = 2,
                                                        .head_dim = 16,
                                                        .d_mlp = 48,
                                                        .inputs = LastBytes(1),
                                                        .windows = {8, 21}},
                                          set.vocabulary);
    parameters = InitialParameters(*layout, 7);
    for (size_t i = 0; i < parameters.size(); ++i) {
      parameters[i] += 0.1f * RandomNormal(8, i);
    }
  }
  double Loss(std::span<const uint32_t> tokens) {
    Workspace workspace;
    return EngineFor(16).loss(*layout, parameters.data(),
                              {{}, tokens.size(), tokens}, false, 0, nullptr,
                              workspace);
  }

  std::vector<TextSource> sources;
  TokenSet set;
  std::unique_ptr<ParameterLayout> layout;
  std::vector<float> parameters;
};

TEST(TokenSet, OfBytesAloneIsTheBytes) {
  std::vector<TextSource> sources = {{"a", 1.0, {0, 200, 65, 255}}};
  const TokenSet set = LearnTokenSet(sources, kFewestTokens).value();
  EXPECT_EQ(set.vocabulary.size, 256u);
  EXPECT_EQ(set.vocabulary.start, 0u);
  ASSERT_TRUE(Tokenize(set, &sources).ok());
  EXPECT_EQ(sources[0].tokens, (std::vector<uint32_t>{0, 200, 65, 255}));
}

TEST(TokenSet, GivesTheTextBackInFewerSymbols) {
  const OddModel m;
  EXPECT_EQ(m.set.vocabulary.size, 272u);  // 270, to whole units
  EXPECT_LT(m.sources[0].tokens.size(), m.sources[0].bytes.size() / 2);
  std::vector<uint8_t> text;
  m.set.tokenizer->Decode(m.sources[0].tokens, &text);
  EXPECT_EQ(text, m.sources[0].bytes);
}

// The trainer's losses are sums of −ln p, so losses of all beginnings are its
// probabilities.
TEST(ExportTokens, ModelPredictsWhatTheTrainerDoes) {
  OddModel m;
  const std::string folder = testing::TempDir() + "lentil_token_model";
  std::filesystem::remove_all(folder);
  const Status written =
      ExportTokenModel(*m.layout, m.parameters, m.set.json, "{}", folder);
  ASSERT_TRUE(written.ok()) << written.message();
  const auto model = LanguageModel::Open(folder);
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ((*model)->start_token(), m.set.vocabulary.start);
  const uint64_t vocab = m.set.vocabulary.size;
  // A temperature becomes the weights of a head's norm; sinks are none.
  uint64_t weights = 0;
  for (const TensorInfo& tensor : m.layout->tensors) {
    if (tensor.role != TensorRole::kScalar) weights += tensor.size();
    if (tensor.name.ends_with("temperature")) weights += tensor.size() * 16;
  }
  EXPECT_EQ((*model)->transformer()->weight_count(), weights);
  EXPECT_EQ((*model)->transformer()->spec().vocab, vocab);

  const size_t length = 60;
  const std::vector<uint32_t> tokens(m.sources[0].tokens.begin(),
                                     m.sources[0].tokens.begin() + length);
  const ScopedFpMode mode;
  TokenDecoder decoder((*model)->transformer(), **DefaultKernels(), 1, length);
  std::vector<float> logits(decoder.logit_stride());
  double before = 0;
  for (uint32_t t = 0; t < length; ++t) {
    const TokenRow row = {0, t,
                          t == 0 ? m.set.vocabulary.start : tokens[t - 1]};
    decoder.Forward({&row, 1});
    decoder.Logits(0, 1, logits.data());
    double sum = 0;
    for (size_t i = 0; i < vocab; ++i) sum += std::exp(double{logits[i]});
    const double nats = std::log(sum) - logits[tokens[t]];
    const double loss = m.Loss(std::span(tokens).first(t + 1));
    EXPECT_NEAR(nats, loss - before, 1e-4) << "token " << t;
    before = loss;
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lentil

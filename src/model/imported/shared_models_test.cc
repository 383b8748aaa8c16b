// SPDX-License-Identifier: Apache-2.0
// Real checkpoints beside the project, where they are: logits of another
// implementation.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/file.h"
#include "base/fp_mode.h"
#include "model/imported/load_transformer.h"
#include "model/imported/token_decoder.h"
#include "weights/checkpoint.h"

namespace lentil {
namespace {

const std::string kModels =
    std::string(LENTIL_SOURCE_DIR) + "/../shared/models/";

std::vector<float> LogitsOf(const std::string& path,
                            const std::vector<uint32_t>& tokens) {
  const auto checkpoint = Checkpoint::Open(path);
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  const auto model = LoadTransformer(*checkpoint, 64);
  EXPECT_TRUE(model.ok()) << model.status().message();
  if (!model.ok()) return {};
  const ScopedFpMode mode;
  TokenDecoder decoder(*model, **DefaultKernels(), 1, 64);
  std::vector<TokenRow> rows;
  for (const uint32_t token : tokens) {
    rows.push_back({0, static_cast<uint32_t>(rows.size()), token});
  }
  decoder.Forward(rows);
  std::vector<float> padded(rows.size() * decoder.logit_stride());
  decoder.Logits(0, rows.size(), padded.data());
  std::vector<float> logits;
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto begin =
        padded.begin() + static_cast<ptrdiff_t>(r * decoder.logit_stride());
    logits.insert(logits.end(), begin,
                  begin + static_cast<ptrdiff_t>((*model)->spec().vocab));
  }
  return logits;
}

void ExpectLogits(const std::string& folder, const std::string& file,
                  const std::vector<uint32_t>& tokens, double tolerance) {
  const std::string path = kModels + folder;
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no shared models beside the checkout";
  }
  const auto golden = ReadFile(path + "/logits-llama.cpp.f32", 1 << 20);
  ASSERT_TRUE(golden.ok());
  std::vector<float> expected(golden->size() / sizeof(float));
  std::memcpy(expected.data(), golden->data(), golden->size());
  const std::vector<float> logits = LogitsOf(path + file, tokens);
  ASSERT_EQ(logits.size(), expected.size());
  double largest = 0;
  for (const float x : expected)
    largest = std::max<double>(largest, std::abs(x));
  for (size_t i = 0; i < logits.size(); ++i) {
    ASSERT_NEAR(logits[i], expected[i], tolerance * largest) << "at " << i;
  }
}

const std::vector<uint32_t> kStory = {1, 403, 407, 261, 378};

TEST(SharedModels, StoriesFromSafetensors) {
  ExpectLogits("stories260K", "", kStory, 1e-4);
}
TEST(SharedModels, StoriesFromGguf) {
  ExpectLogits("stories260K", "/stories260K.gguf", kStory, 1e-4);
}
TEST(SharedModels, BabyLlama) {
  ExpectLogits("babyllama105", "", {1, 4, 5, 6, 7}, 1e-4);
}

TEST(SharedModels, Gpt2ContinuesGreedily) {
  const std::string path = kModels + "tiny-random-gpt2";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no shared models beside the checkout";
  }
  const auto greedy = [&](const std::vector<uint32_t>& tokens) {
    const std::vector<float> all = LogitsOf(path, tokens);
    const size_t vocab = all.size() / tokens.size();
    const auto last = all.end() - static_cast<ptrdiff_t>(vocab);
    return std::max_element(last, all.end()) - last;
  };
  EXPECT_EQ(greedy({0, 0, 0, 52}), 204);
  EXPECT_EQ(greedy({0, 0, 195, 731}), 731);
  EXPECT_EQ(greedy({0, 0, 195, 731, 731}), 114);
}

}  // namespace
}  // namespace lentil

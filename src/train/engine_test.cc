// SPDX-License-Identifier: Apache-2.0
// Gradients against PyTorch's (stored) and against finite differences.

#include "train/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/file.h"
#include "train/random.h"
#include "train/train_checkpoint.h"
#include "weights/safetensors.h"

namespace lentil {
namespace {

// A decoder whose every odd value is odd: grouped heads, windows shorter than
// the text, temperatures and sinks away from their starts.
struct OddDecoder {
  explicit OddDecoder(const Vocabulary& vocabulary = {})
      : layout(Config(vocabulary), vocabulary),
        parameters(InitialParameters(layout, 7)) {
    for (size_t i = 0; i < parameters.size(); ++i) {
      parameters[i] += 0.1f * RandomNormal(8, i);
    }
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<uint8_t>(RandomBits(9, i) % 5 + 'a');
      // The last token among them.
      tokens[i] = vocabulary.size - 1 - 7 * (RandomBits(9, i) % 5);
    }
    if (vocabulary.size > 0) {
      bytes.clear();
    } else {
      tokens.clear();
    }
  }

  static DecoderConfig Config(const Vocabulary& vocabulary) {
    const std::vector<ByteSum> inputs = {{1}, {2}, {5, 1, -6}};
    return {.d_model = 32,
            .heads = 4,
            .kv_heads = 2,
            .head_dim = 16,
            .d_mlp = 64,
            .inputs = vocabulary.size > 0 ? LastBytes(1) : inputs,
            .windows = {8, 21}};
  }

  double Loss(std::vector<float>* gradient = nullptr, bool quantize = false) {
    return EngineFor(16).loss(layout, parameters.data(), {bytes, 40, tokens},
                              quantize, 1.0f,
                              gradient ? gradient->data() : nullptr, workspace);
  }

  ParameterLayout layout;
  std::vector<float> parameters;
  std::vector<uint8_t> bytes = std::vector<uint8_t>(320);
  std::vector<uint32_t> tokens = std::vector<uint32_t>(320);
  Workspace workspace;
};

// Tokens fill no whole panel of the product with the unembedding.
constexpr Vocabulary kTokens = {.size = 3 * kVocabularyUnit, .start = 5};

class EngineOf : public testing::TestWithParam<Vocabulary> {};
INSTANTIATE_TEST_SUITE_P(Symbols, EngineOf,
                         testing::Values(Vocabulary{}, kTokens),
                         [](const auto& info) {
                           return info.param.size > 0 ? "Tokens" : "Bytes";
                         });

TEST_P(EngineOf, GradientsEqualFiniteDifferencesForEveryTensor) {
  OddDecoder d(GetParam());
  std::vector<float> gradient(d.layout.size);
  d.Loss(&gradient);
  for (const TensorInfo& tensor : d.layout.tensors) {
    if (d.layout.of_tokens() && tensor.name.ends_with("attn.sink")) {
      for (size_t i = 0; i < tensor.size(); ++i) {
        EXPECT_EQ(gradient[tensor.offset + i], 0) << tensor.name;
      }
      continue;
    }
    // Along a random direction, weighted to where the gradient is.
    std::vector<float> direction(tensor.size());
    double expected = 0;
    double length = 0;
    for (size_t i = 0; i < tensor.size(); ++i) {
      const float g = gradient[tensor.offset + i];
      direction[i] = g * (1.0f + 0.5f * RandomNormal(11, i));
      expected += static_cast<double>(direction[i]) * g;
      length += static_cast<double>(direction[i]) * direction[i];
    }
    length = std::sqrt(length);
    ASSERT_GT(length, 1e-3) << tensor.name;
    const double step = 2e-2 / length;
    double loss[2];
    for (int side = 0; side < 2; ++side) {
      const std::vector<float> saved = d.parameters;
      for (size_t i = 0; i < tensor.size(); ++i) {
        d.parameters[tensor.offset + i] +=
            static_cast<float>((side == 0 ? step : -step) * direction[i]);
      }
      loss[side] = d.Loss();
      d.parameters = saved;
    }
    const double measured = (loss[0] - loss[1]) / (2 * step);
    EXPECT_NEAR(measured / expected, 1.0, 0.01) << tensor.name;
  }
}

TEST_P(EngineOf, EveryEngineComputesTheSameGradient) {
  OddDecoder d(GetParam());
  std::vector<float> reference(d.layout.size);
  setenv("LENTIL_TRAIN_ENGINE", "generic", 1);
  const double loss = d.Loss(&reference);
  for (const char* name : {"avx2", "avx512"}) {
    setenv("LENTIL_TRAIN_ENGINE", name, 1);
    std::vector<float> gradient(d.layout.size);
    EXPECT_NEAR(d.Loss(&gradient) / loss, 1, 1e-5) << name;
    for (size_t i = 0; i < gradient.size(); ++i) {
      ASSERT_NEAR(gradient[i], reference[i], 2e-3) << name << " at " << i;
    }
  }
  unsetenv("LENTIL_TRAIN_ENGINE");
}

TEST(Engine, RoundingActivationsMovesTheLossALittle) {
  OddDecoder d;
  const double plain = d.Loss();
  const double rounded = d.Loss(nullptr, true);
  EXPECT_NE(plain, rounded);
  EXPECT_NEAR(rounded / plain, 1.0, 0.01);
}

class TorchGolden : public testing::TestWithParam<const char*> {};

TEST_P(TorchGolden, LossAndGradientsAgree) {
  const std::string path =
      std::string(LENTIL_SOURCE_DIR "/tests/golden/") + GetParam();
  const Result<TrainCheckpoint> checkpoint = LoadCheckpoint(path);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  const Result<std::vector<uint8_t>> bytes = ReadFile(path);
  ASSERT_TRUE(bytes.ok());
  const Result<Safetensors> file = Safetensors::Parse(*bytes);
  ASSERT_TRUE(file.ok());
  const TensorView tokens = file->tensors().at("tokens");
  const std::vector<uint8_t> text = tokens.CopyAs<uint8_t>();
  const float expected = file->tensors().at("loss").CopyAs<float>()[0];

  const ParameterLayout layout(checkpoint->config);
  std::vector<float> gradient(layout.size);
  Workspace workspace;
  const float scale = 1.0f / static_cast<float>(text.size());
  const double nats = EngineFor(checkpoint->config.head_dim)
                          .loss(layout, checkpoint->parameters.data(),
                                {text, static_cast<size_t>(tokens.shape[1])},
                                false, scale, gradient.data(), workspace);
  EXPECT_NEAR(nats * scale, expected, 1e-5);
  for (const TensorInfo& tensor : layout.tensors) {
    const std::vector<float> want =
        file->tensors().at("grad." + tensor.name).CopyAs<float>();
    ASSERT_EQ(want.size(), tensor.size());
    double error = 0;
    double norm = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      error += std::pow(want[i] - gradient[tensor.offset + i], 2.0);
      norm += std::pow(want[i], 2.0);
    }
    EXPECT_LT(std::sqrt(error / norm), 1e-4) << tensor.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Goldens, TorchGolden,
                         testing::Values("gradients.safetensors",
                                         "gradients_grouped.safetensors"));

}  // namespace
}  // namespace lentil

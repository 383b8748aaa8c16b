// SPDX-License-Identifier: Apache-2.0

#include "train/grow.h"

#include <gtest/gtest.h>

#include "train/engine.h"
#include "train/random.h"

namespace lentil {
namespace {

const DecoderConfig kSmall = {.d_model = 32,
                              .heads = 2,
                              .kv_heads = 1,
                              .head_dim = 16,
                              .d_mlp = 64,
                              .inputs = LastBytes(3),
                              .windows = {16, 32}};
const DecoderConfig kLarge = {.d_model = 80,
                              .heads = 6,
                              .kv_heads = 3,
                              .head_dim = 16,
                              .d_mlp = 112,
                              .inputs = LastBytes(4),
                              .windows = {16, 32, 64}};

// Every value random, so that each takes part.
TrainCheckpoint RandomState() {
  TrainCheckpoint c;
  c.config = kSmall;
  c.state = {.seed = 3, .steps = 9, .sequences = 8, .bytes = 7};
  const ParameterLayout layout(kSmall);
  c.parameters = InitialParameters(layout, 3);
  for (size_t i = 0; i < c.parameters.size(); ++i) {
    c.parameters[i] += 0.2f * RandomNormal(11, i);
  }
  return c;
}

// Nats of a text, and their gradient.
double Loss(const TrainCheckpoint& c, std::vector<float>* gradient) {
  const ParameterLayout layout(c.config);
  std::vector<uint8_t> text(96);
  for (size_t i = 0; i < text.size(); ++i) text[i] = i * i % 251;
  gradient->assign(layout.size, 0.0f);
  Workspace workspace;
  return EngineFor(c.config.head_dim)
      .loss(layout, c.parameters.data(), {text, 48}, false, 1.0f,
            gradient->data(), workspace);
}

TEST(Grow, ComputesTheSame) {
  const TrainCheckpoint small = RandomState();
  const Result<TrainCheckpoint> large = Grow(small, kLarge);
  ASSERT_TRUE(large.ok()) << large.status().message();
  std::vector<float> gradient;
  const double before = Loss(small, &gradient);
  EXPECT_NEAR(Loss(*large, &gradient) / before, 1.0, 1e-5);
  EXPECT_TRUE(large->state == small.state);
}

TEST(Grow, GradientsFindEveryNewRow) {
  const Result<TrainCheckpoint> large = Grow(RandomState(), kLarge);
  ASSERT_TRUE(large.ok());
  std::vector<float> gradient;
  (void)Loss(*large, &gradient);
  // What writes moves first; what it reads from follows.
  const ParameterLayout layout(kLarge);
  for (const TensorInfo& tensor : layout.tensors) {
    if (!tensor.name.ends_with("attn.out.weight") &&
        !tensor.name.ends_with("mlp.down.weight")) {
      continue;
    }
    for (size_t row = 0; row < tensor.rows; ++row) {
      double sum = 0;
      for (size_t i = 0; i < tensor.cols; ++i) {
        sum += std::abs(gradient[tensor.offset + row * tensor.cols + i]);
      }
      EXPECT_GT(sum, 0) << tensor.name << " " << row;
    }
  }
}

TEST(Grow, RefusesWhatIsNotWider) {
  EXPECT_EQ(Grow(RandomState(), DecoderConfig{}).status().code(),
            Code::kInvalidArgument);
  DecoderConfig other = kLarge;
  other.kv_heads = 6;  // shares alike no longer
  EXPECT_FALSE(Grow(RandomState(), other).ok());
}

TEST(Grow, WindowsMayDiffer) {
  const TrainCheckpoint from = RandomState();
  DecoderConfig other = from.config;
  other.windows[0] /= 2;
  const Result<TrainCheckpoint> grown = Grow(from, other);
  ASSERT_TRUE(grown.ok());
  EXPECT_EQ(grown->config.windows, other.windows);
  for (const TensorInfo& tensor : ParameterLayout(other).tensors) {
    for (size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
      ASSERT_EQ(grown->parameters[i], from.parameters[i]) << tensor.name;
    }
  }
}

}  // namespace
}  // namespace lentil

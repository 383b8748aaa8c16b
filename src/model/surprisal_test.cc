// SPDX-License-Identifier: Apache-2.0

#include "model/surprisal.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/fp_mode.h"
#include "model/selftest.h"

namespace lentil {
namespace {

TEST(Surprisal, IsTheLogarithmOfEachFrequency) {
  const DecoderConfig config = {.d_model = 64,
                                .heads = 4,
                                .kv_heads = 2,
                                .head_dim = 16,
                                .d_mlp = 96,
                                .inputs = LastBytes(4),
                                .windows = {16, 5}};
  const auto file = WriteNative(RandomModel(config, 1));
  const auto model = Model::Parse(*file);
  ASSERT_TRUE(model.ok());
  std::vector<uint8_t> text(70);  // three batches
  for (size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<uint8_t>(i * i % 251);
  }
  const ScopedFpMode mode;
  Decoder decoder(*model, 1);
  std::vector<uint64_t> once(text.size());
  AddSurprisals(text, &decoder, once);
  Decoder steps(*model, 1);
  for (uint32_t t = 0; t < text.size(); ++t) {
    FrequencyTable table;
    const DecoderRow row = {0, t, text.data()};
    steps.Forward({&row, 1}, &table);
    const double share = table.frequency[text[t]] * 0x1p-24;
    EXPECT_NEAR(static_cast<double>(once[t]) * kSurprisalUnit,
                -std::log2(share), 1e-6);
  }
  std::vector<uint64_t> twice = once;
  AddSurprisals(text, &decoder, twice);
  for (size_t t = 0; t < text.size(); ++t) EXPECT_EQ(twice[t], 2 * once[t]);
}

}  // namespace
}  // namespace lentil

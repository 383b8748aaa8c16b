// SPDX-License-Identifier: Apache-2.0

#include "model/native.h"

#include <gtest/gtest.h>

#include <limits>

namespace lentil {
namespace {

DecoderConfig TinyConfig() {
  return {.d_model = 16,
          .heads = 2,
          .kv_heads = 1,
          .head_dim = 16,
          .d_mlp = 32,
          .inputs = LastBytes(2),
          .windows = {4, 8},
          .rotary_base = 10000};
}

NativeModel TinyModel() {
  NativeModel model = ZeroModel(TinyConfig());
  model.name = "tiny";
  model.card = "made by hand";
  model.blocks[1].up.weight[5] = -127;
  for (NativeBlock& block : model.blocks) block.temperature = {1.0f, 0.5f};
  model.rotary_step = {1u << 31, 1, 2, 3, 4, 5, 6, 7};
  return model;
}

Code Read(const NativeModel& model) {
  const auto file = WriteNative(model);
  return file.ok() ? ReadNative(*file).status().code() : file.status().code();
}

TEST(Native, WhatIsWrittenIsRead) {
  const NativeModel model = TinyModel();
  const auto file = WriteNative(model);
  ASSERT_TRUE(file.ok()) << file.status().message();
  const auto read = ReadNative(*file);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->config, model.config);
  EXPECT_EQ(read->name, "tiny");
  EXPECT_EQ(read->card, "made by hand");
  EXPECT_EQ(read->blocks[1].up.weight, model.blocks[1].up.weight);
  EXPECT_EQ(read->blocks[0].temperature, model.blocks[0].temperature);
  EXPECT_EQ(read->rotary_step, model.rotary_step);
  EXPECT_EQ(*WriteNative(*read), *file);
}

TEST(Native, ValuesOutOfRangeAreRefused) {
  const auto refused = [](auto change) {
    NativeModel model = TinyModel();
    change(model);
    return Read(model) == Code::kCorrupt;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(refused([](NativeModel&) {}));
  EXPECT_TRUE(refused([](NativeModel& m) { m.embed[3] = -128; }));
  EXPECT_TRUE(refused([](NativeModel& m) { m.unembed.weight[3] = -128; }));
  EXPECT_TRUE(refused([&](NativeModel& m) { m.unembed.scale[3] = nan; }));
  EXPECT_TRUE(refused([](NativeModel& m) { m.embed_scale[0] = 2097152.0f; }));
  EXPECT_TRUE(
      refused([](NativeModel& m) { m.blocks[0].temperature[0] = 0x1p-21f; }));
  EXPECT_TRUE(
      refused([](NativeModel& m) { m.blocks[0].temperature[0] = 1.5f; }));
  EXPECT_TRUE(
      refused([&](NativeModel& m) { m.blocks[0].temperature[0] = nan; }));
  EXPECT_TRUE(refused([](NativeModel& m) { m.blocks[0].sink[0] = INT32_MIN; }));
  EXPECT_TRUE(refused([](NativeModel& m) { m.blocks.pop_back(); }));
  EXPECT_TRUE(refused([](NativeModel& m) { m.blocks[0].up.rows = 16; }));
  EXPECT_TRUE(
      refused([](NativeModel& m) { m.blocks[0].up.weight.pop_back(); }));
}

TEST(Native, ShapesOutOfRangeAreRefused) {
  const auto refused = [](auto change) {
    DecoderConfig config = TinyConfig();
    change(config);
    return !ConfigFromJson(ConfigToJson(config)).ok();
  };
  EXPECT_FALSE(refused([](DecoderConfig&) {}));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.family = "llama"; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.d_model = 8; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.d_model = 4112; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.d_mlp = 0; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.heads = 0; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.heads = 1u << 30; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.kv_heads = 0; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.kv_heads = 4; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.head_dim = 136; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.inputs.clear(); }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.inputs = LastBytes(65); }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.inputs = {{}}; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.inputs = {{1, 0}}; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.inputs = {{65537}}; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.inputs = {{1, -65537}}; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.inputs = {ByteSum(17, 1)}; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.windows.clear(); }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.windows[0] = 0; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.windows[0] = 1025; }));
  EXPECT_TRUE(refused([](DecoderConfig& c) { c.windows.assign(1000, 1); }));
}

TEST(Native, ConfigJsonKeepsInputs) {
  DecoderConfig config = TinyConfig();
  EXPECT_NE(ConfigToJson(config).find("\"offsets\":2"), std::string::npos);
  config.inputs = {{64}, {64, 1, -65}, {65536}};
  EXPECT_EQ(*ConfigFromJson(ConfigToJson(config)), config);
  config.inputs = {{2}, {1}};
  EXPECT_EQ(*ConfigFromJson(ConfigToJson(config)), config);
}

TEST(Native, ConfigJsonIsStrict) {
  const std::string good = ConfigToJson(TinyConfig());
  ASSERT_TRUE(ConfigFromJson(good).ok());
  EXPECT_EQ(*ConfigFromJson(good), TinyConfig());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return ConfigFromJson(text).ok();
  };
  EXPECT_FALSE(with("\"heads\"", "\"head\""));
  EXPECT_FALSE(with("\"heads\":2", "\"heads\":2.0"));
  EXPECT_FALSE(with("\"heads\":2", "\"heads\":\"2\""));
  EXPECT_FALSE(with("\"heads\":2", "\"heads\":-2"));
  EXPECT_FALSE(with("\"heads\":2", "\"heads\":4294967298"));
  EXPECT_FALSE(with("\"heads\":2", "\"heads\":2,\"more\":1"));
  EXPECT_FALSE(with("[4,8]", "[[4],8]"));
  EXPECT_FALSE(with("[4,8]", "4"));
  for (size_t n = 0; n < good.size(); ++n)
    EXPECT_FALSE(ConfigFromJson(good.substr(0, n)).ok());
}

TEST(Native, EveryTruncationIsRefused) {
  const auto file = WriteNative(TinyModel());
  ASSERT_TRUE(file.ok());
  for (size_t n = 0; n < file->size(); n += 101) {
    EXPECT_FALSE(ReadNative(std::span(*file).first(n)).ok()) << n;
  }
}

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "codec/token_frame.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fp_mode.h"
#include "base/split_mix.h"
#include "codec/token_lanes.h"
#include "model/transformer/load_transformer.h"
#include "weights/checkpoint.h"

namespace lentil {
namespace {

// Bytes below `size` are tokens; the others are escaped.
class FewBytes : public Tokenizer {
 public:
  explicit FewBytes(uint32_t size) : size_(size) {}
  uint32_t vocab_size() const override { return size_; }
  void Encode(std::span<const uint8_t> text,
              std::vector<uint32_t>* symbols) const override {
    for (const uint8_t byte : text) {
      symbols->push_back(byte < size_ ? byte : size_ + byte);
    }
  }
  void Decode(std::span<const uint32_t> symbols,
              std::vector<uint8_t>* text) const override {
    for (const uint32_t symbol : symbols) {
      text->push_back(
          static_cast<uint8_t>(symbol < size_ ? symbol : symbol - size_));
    }
  }

  std::optional<uint32_t> bos() const override { return 1; }
  std::optional<uint32_t> eos() const override { return std::nullopt; }

 private:
  uint32_t size_;
};

std::shared_ptr<const LanguageModel> TinyModel(uint32_t tokens = 50) {
  const auto checkpoint = Checkpoint::Open(std::string(LENTIL_SOURCE_DIR) +
                                           "/tests/golden/families/llama");
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  const auto transformer = LoadTransformer(*checkpoint, 64);
  EXPECT_TRUE(transformer.ok()) << transformer.status().message();
  const auto model =
      LanguageModel::Make(*transformer, std::make_shared<FewBytes>(tokens), 77);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return *model;
}

std::vector<uint8_t> Text(size_t size) {
  std::vector<uint8_t> text(size);
  uint64_t state = size;
  for (uint8_t& byte : text) {
    byte = static_cast<uint8_t>(SplitMix64(&state) % 130);
  }
  return text;
}

class TokenFrame : public testing::Test {
 protected:
  std::vector<uint8_t> Encode(std::span<const uint8_t> raw,
                              uint32_t lanes) const {
    std::vector<uint8_t> payload;
    const Status status =
        coder_.Encode(raw, {.lanes = lanes}, FrameContext(), &payload);
    EXPECT_TRUE(status.ok()) << status.message();
    return payload;
  }
  ScopedFpMode mode_;
  TokenFrameCoder coder_{TinyModel()};
};

TEST_F(TokenFrame, RestoresTextAndEscapedBytes) {
  for (const size_t size : {1, 2, 100, 5000, 20000}) {
    const std::vector<uint8_t> raw = Text(size);
    const std::vector<uint8_t> payload = Encode(raw, 16);
    std::vector<uint8_t> restored(size);
    const Status status = coder_.Decode(payload, FrameContext(), restored);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(restored, raw);
  }
}

TEST_F(TokenFrame, ATokenizerMayHaveMoreTokensThanTheModel) {
  const TokenFrameCoder coder(TinyModel(120));  // the model has 67
  const std::vector<uint8_t> raw = Text(1000);
  std::vector<uint8_t> payload, restored(raw.size());
  ASSERT_TRUE(coder.Encode(raw, {}, FrameContext(), &payload).ok());
  ASSERT_TRUE(coder.Decode(payload, FrameContext(), restored).ok());
  EXPECT_EQ(restored, raw);
}

TEST_F(TokenFrame, DamageIsAnError) {
  const std::vector<uint8_t> raw = Text(300);
  const std::vector<uint8_t> payload = Encode(raw, 16);
  std::vector<uint8_t> restored(raw.size());
  for (size_t size = 0; size < payload.size(); ++size) {
    const auto part = std::span(payload).first(size);
    const Status status = coder_.Decode(part, FrameContext(), restored);
    EXPECT_TRUE(!status.ok() || restored != raw) << size;
  }
  for (size_t i = 0; i < 12; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<uint8_t> damaged = payload;
      damaged[i] ^= static_cast<uint8_t>(1 << bit);
      const Status status = coder_.Decode(damaged, FrameContext(), restored);
      EXPECT_TRUE(!status.ok() || restored != raw) << i << " " << bit;
    }
  }
}

TEST_F(TokenFrame, ParametersComeBack) {
  const TokenParameters parameters = {.symbols = 70000,
                                      .lanes = 12,
                                      .lanes_per_group = 8,
                                      .context = 1024,
                                      .kept = 256};
  std::vector<uint8_t> bytes;
  AppendTokenParameters(parameters, &bytes);
  size_t at = 0;
  const auto read = ReadTokenParameters(bytes, &at);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, parameters);
  EXPECT_EQ(at, bytes.size());
}

}  // namespace
}  // namespace lentil

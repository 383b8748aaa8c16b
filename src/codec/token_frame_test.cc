// SPDX-License-Identifier: Apache-2.0

#include "codec/token_frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/endian.h"
#include "base/file.h"
#include "base/fp_mode.h"
#include "base/output_file.h"
#include "base/split_mix.h"
#include "base/thread_pool.h"
#include "codec/token_lanes.h"
#include "format/size_bound.h"
#include "model/imported/load_transformer.h"
#include "weights/checkpoint.h"

namespace lentil {
namespace {

// Controls, words (one of them twice) and the bytes from 10 to `size`; other
// bytes are escaped. Takes the longest token, of equal ones in turns.
class FewTokens : public Tokenizer {
 public:
  explicit FewTokens(uint32_t size)
      : spelled_({"", "", "the ", "then ", "an", "and", "  ", "  ", "th",
                  "words\n"}) {
    for (uint32_t i = 10; i < size; ++i) {
      spelled_.emplace_back(1, static_cast<char>(i));
    }
  }
  uint32_t vocab_size() const override {
    return static_cast<uint32_t>(spelled_.size());
  }
  std::span<const uint8_t> BytesOf(uint32_t token) const override {
    const std::string& bytes = spelled_[token];
    return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
  }
  void Encode(std::span<const uint8_t> text,
              std::vector<uint32_t>* symbols) const override {
    for (size_t at = 0; at < text.size();) {
      uint32_t best = vocab_size() + text[at];
      size_t size = 0;
      for (uint32_t token = 0; token < vocab_size(); ++token) {
        const auto bytes = BytesOf(token);
        const bool is_here =
            bytes.size() <= text.size() - at &&
            std::ranges::equal(bytes, text.subspan(at, bytes.size()));
        const bool is_its_turn = bytes.size() == size && at % 2 == 1;
        if (is_here && (bytes.size() > size || (size > 0 && is_its_turn))) {
          best = token;
          size = bytes.size();
        }
      }
      symbols->push_back(best);
      at += std::max<size_t>(1, size);
    }
  }
  void Decode(std::span<const uint32_t> symbols,
              std::vector<uint8_t>* text) const override {
    for (const uint32_t symbol : symbols) {
      if (symbol >= vocab_size()) {
        text->push_back(static_cast<uint8_t>(symbol - vocab_size()));
      } else {
        const auto bytes = BytesOf(symbol);
        text->insert(text->end(), bytes.begin(), bytes.end());
      }
    }
  }
  std::optional<uint32_t> bos() const override { return 1; }
  std::optional<uint32_t> eos() const override { return std::nullopt; }

 private:
  std::vector<std::string> spelled_;
};

std::shared_ptr<const LanguageModel> TinyModel(uint32_t tokens = 50) {
  const auto checkpoint = Checkpoint::Open(std::string(LENTIL_SOURCE_DIR) +
                                           "/tests/golden/families/llama");
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  const auto transformer = LoadTransformer(*checkpoint, 64);
  EXPECT_TRUE(transformer.ok()) << transformer.status().message();
  const auto model = LanguageModel::Make(
      *transformer, std::make_shared<FewTokens>(tokens), 77);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return *model;
}

// Noise, then words.
std::vector<uint8_t> Text(size_t size) {
  static constexpr std::string_view kWords[] = {"the ", "then ", "an ", "  ",
                                                "and thus words\n"};
  std::vector<uint8_t> text;
  uint64_t state = size;
  while (text.size() < size / 2) {
    text.push_back(static_cast<uint8_t>(SplitMix64(&state) % 130));
  }
  while (text.size() < size) {
    const std::string_view word = kWords[SplitMix64(&state) % 5];
    text.insert(text.end(), word.begin(), word.end());
  }
  text.resize(size);
  return text;
}

class TokenFrame : public testing::Test {
 protected:
  std::vector<uint8_t> Encode(std::span<const uint8_t> raw, LaneLimits limits,
                              const FrameContext& context = {}) const {
    std::vector<uint8_t> payload;
    const Status status = coder_.Encode(raw, limits, context, &payload);
    EXPECT_TRUE(status.ok()) << status.message();
    return payload;
  }
  void ExpectRestored(std::span<const uint8_t> payload,
                      const std::vector<uint8_t>& raw) const {
    std::vector<uint8_t> restored(raw.size());
    const Status status = coder_.Decode(payload, FrameContext(), restored);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(restored, raw);
  }
  ScopedFpMode mode_;
  TokenFrameCoder coder_{TinyModel()};
};

TEST_F(TokenFrame, RestoresTextAndEscapedBytes) {
  for (const size_t size : {1, 2, 100, 5000, 20000}) {
    for (const int table_bits : {0, 20}) {
      const std::vector<uint8_t> raw = Text(size);
      ExpectRestored(Encode(raw, {.lanes = 16, .table_bits = table_bits}), raw);
    }
  }
}

TEST_F(TokenFrame, ThreadsDoNotMatter) {
  const std::vector<uint8_t> raw = Text(20000);
  ThreadPool pool(2);
  FrameContext context;
  context.parallel_for = [&](size_t n,
                             const std::function<void(size_t)>& task) {
    pool.ParallelFor(n, [&](size_t i) {
      const ScopedFpMode mode;
      task(i);
    });
  };
  EXPECT_EQ(Encode(raw, {.lanes = 8}, context), Encode(raw, {.lanes = 8}));
}

// The model is of random weights: all that is known of the text is learnt.
TEST_F(TokenFrame, ContextModelsLearnTheText) {
  std::vector<uint8_t> raw = Text(6000);
  const size_t once = Encode(raw, {.lanes = 1}).size();
  EXPECT_LT(once, Encode(raw, {.lanes = 1, .table_bits = 0}).size() * 8 / 10);
  raw.insert(raw.end(), raw.begin(), raw.end());
  EXPECT_LT(Encode(raw, {.lanes = 1}).size(), once * 13 / 10) << "a copy";
}

// The files hold payloads. As golden_test.cc has it.
TEST_F(TokenFrame, PayloadsStayTheSame) {
  const std::vector<uint8_t> raw = Text(3000);
  for (const int table_bits : {0, 20}) {
    const std::string path = std::string(LENTIL_SOURCE_DIR) +
                             "/tests/golden/v1_tokens" +
                             (table_bits > 0 ? "_mixing" : "");
    const auto made = Encode(raw, {.lanes = 3, .table_bits = table_bits});
    if (std::getenv("LENTIL_WRITE_GOLDENS") != nullptr) {
      ASSERT_TRUE(WriteFile(path, made).ok());
      ADD_FAILURE() << path << " was written";
      continue;
    }
    const auto golden = ReadFile(path);
    ASSERT_TRUE(golden.ok()) << path;
    EXPECT_EQ(made, *golden) << path;
    ExpectRestored(*golden, raw);
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

TEST_F(TokenFrame, RecordsHaveLittleBesideTheStream) {
  for (const size_t size : {0, 1, 300, 5000}) {
    const std::vector<uint8_t> raw = Text(size);
    std::vector<uint8_t> code, restored(size);
    ASSERT_TRUE(coder_.EncodeRecord(raw, &code).ok());
    ASSERT_TRUE(coder_.DecodeRecord(code, restored).ok());
    EXPECT_EQ(restored, raw);
    if (size == 0) continue;
    const auto frame = Encode(raw, {.lanes = 1, .table_bits = 0});
    EXPECT_LT(code.size(), frame.size()) << "no parameters";
    code.pop_back();
    EXPECT_FALSE(coder_.DecodeRecord(code, restored).ok() && restored == raw);
  }
}

TEST_F(TokenFrame, DamageIsAnError) {
  for (const int table_bits : {0, 20}) {
    const std::vector<uint8_t> raw = Text(300);
    const auto payload = Encode(raw, {.lanes = 16, .table_bits = table_bits});
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
}

// A stream of long tokens where the frame says that the text is short.
TEST_F(TokenFrame, AStreamDoesNotOutgrowItsFrame) {
  const std::vector<uint8_t> raw = Text(4000);
  const auto payload = Encode(raw, {.lanes = 1});
  std::vector<uint8_t> half(raw.size() / 2);
  EXPECT_EQ(coder_.Decode(payload, FrameContext(), half).code(),
            Code::kCorrupt);
}

// A group's stream is too short for its symbols, or is found to be at once.
TEST_F(TokenFrame, StreamsThatAreTooShortCostNothing) {
  const auto decode = [&](uint32_t symbols) {
    TokenParameters parameters;
    parameters.symbols = symbols;
    parameters.lanes = 2;
    parameters.context = 16;
    parameters.table_bits = 8;
    std::vector<uint8_t> payload;
    AppendTokenParameters(parameters, &payload);
    AppendVarint(0, &payload);  // of the first group's stream
    std::vector<uint8_t> raw(symbols);
    std::atomic<uint64_t> done = 0;
    size_t begun = 0;
    FrameContext context;
    context.bytes_done = &done;
    context.parallel_for = [&](size_t n,
                               const std::function<void(size_t)>& task) {
      begun += n;
      RunHere(n, task);
    };
    const Status status = coder_.Decode(payload, context, raw);
    EXPECT_EQ(status.code(), Code::kCorrupt);
    EXPECT_LE(done, 100u);
    return begun;
  };
  EXPECT_EQ(decode(2 * kBitsPerByte + 2), 0u);
  EXPECT_EQ(decode(2 * kBitsPerByte), 2u);
}

TEST_F(TokenFrame, ParametersComeBack) {
  const TokenParameters parameters = {.symbols = 70000,
                                      .lanes = 12,
                                      .lanes_per_group = 8,
                                      .context = 1024,
                                      .kept = 256,
                                      .table_bits = 18};
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

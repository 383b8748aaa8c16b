// SPDX-License-Identifier: Apache-2.0
// Checkpoints of other people, which the repository does not hold: in
// ../shared/models beside the checkout, or skipped.

#include <gtest/gtest.h>
#include <lzma.h>

#include <filesystem>
#include <string>

#include "weights/checkpoint.h"
#include "weights/float_tensor.h"

namespace lentil {
namespace {

class RealFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = LENTIL_SOURCE_DIR "/../shared/models";
    if (!std::filesystem::exists(folder_)) {
      GTEST_SKIP() << "no shared models beside the checkout";
    }
  }

  // Null, and a failure, if it does not open.
  std::shared_ptr<const Checkpoint> Open(const std::string& name) const {
    auto opened = Checkpoint::Open((folder_ / name).string());
    EXPECT_TRUE(opened.ok()) << name << ": " << opened.status().message();
    return opened.ok() ? *opened : nullptr;
  }

  std::filesystem::path folder_;
};

using Matrix = std::vector<std::vector<float>>;

// Rows of a tensor; a vector is one row.
Matrix Rows(const Checkpoint& checkpoint, const std::string& name) {
  const auto tensor = checkpoint.Get(name);
  EXPECT_TRUE(tensor.ok()) << tensor.status().message();
  if (!tensor.ok()) return {};
  const uint64_t n = tensor->shape.back();
  Matrix rows(tensor->ElementCount() / n, std::vector<float>(n));
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_TRUE(ReadFloats(*tensor, i * n, n, rows[i].data()).ok());
  }
  return rows;
}

// Rows of heads of 8 as GGUF has them for Llama: the two that are rotated
// together side by side, not half a head apart.
Matrix Interleaved(const Matrix& rows) {
  constexpr size_t kHead = 8;
  Matrix out(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t in_head = i % kHead;
    out[i] = rows[i - in_head + in_head / 2 + in_head % 2 * (kHead / 2)];
  }
  return out;
}

TEST_F(RealFiles, BothFormatsHoldTheSameWeights) {
  const auto safe = Open("stories260K");
  const auto gguf = Open("stories260K/stories260K.gguf");
  ASSERT_TRUE(safe && gguf);
  EXPECT_EQ(*gguf->gguf()->GetString("general.architecture"), "llama");
  EXPECT_EQ(gguf->gguf()->GetStrings("tokenizer.ggml.tokens")->size(), 512u);
  EXPECT_NE(safe->hash(), gguf->hash());

  EXPECT_EQ(Rows(*safe, "model.embed_tokens.weight"),
            Rows(*gguf, "token_embd.weight"));
  EXPECT_EQ(Rows(*safe, "model.norm.weight"),
            Rows(*gguf, "output_norm.weight"));
  for (int layer = 0; layer < 5; ++layer) {
    const std::string a = "model.layers." + std::to_string(layer) + ".";
    const std::string b = "blk." + std::to_string(layer) + ".";
    for (const auto& [x, y] : {std::pair("input_layernorm", "attn_norm"),
                               {"self_attn.v_proj", "attn_v"},
                               {"self_attn.o_proj", "attn_output"},
                               {"post_attention_layernorm", "ffn_norm"},
                               {"mlp.gate_proj", "ffn_gate"},
                               {"mlp.down_proj", "ffn_down"},
                               {"mlp.up_proj", "ffn_up"}}) {
      EXPECT_EQ(Rows(*safe, a + x + ".weight"), Rows(*gguf, b + y + ".weight"))
          << x;
    }
    for (const auto& [x, y] : {std::pair("self_attn.q_proj", "attn_q"),
                               {"self_attn.k_proj", "attn_k"}}) {
      EXPECT_EQ(Interleaved(Rows(*safe, a + x + ".weight")),
                Rows(*gguf, b + y + ".weight"))
          << x;
    }
  }
}

TEST_F(RealFiles, OtherFamiliesOpen) {
  for (const char* name : {"babyllama105", "tiny-random-gpt2"}) {
    const auto checkpoint = Open(name);
    ASSERT_TRUE(checkpoint);
    EXPECT_FALSE(checkpoint->config_json().empty());
    EXPECT_GT(checkpoint->tensors().size(), 10u);
  }
}

TEST_F(RealFiles, VocabulariesAreWhole) {
  constexpr uint64_t kMemory = 256u << 20;
  constexpr size_t kLargest = 64u << 20;
  for (const auto& [name, count] :
       {std::pair("falcon", 65024u), {"gpt-2", 50257u}, {"phi-3", 32064u}}) {
    SCOPED_TRACE(name);
    const auto packed = ReadFile(
        (folder_ / "vocab" / ("ggml-vocab-" + std::string(name) + ".gguf.xz"))
            .string());
    ASSERT_TRUE(packed.ok()) << packed.status().message();
    std::vector<uint8_t> file(kLargest);
    uint64_t memory = kMemory;
    size_t in = 0, out = 0;
    ASSERT_EQ(lzma_stream_buffer_decode(&memory, 0, nullptr, packed->data(),
                                        &in, packed->size(), file.data(), &out,
                                        file.size()),
              LZMA_OK);
    const auto gguf = Gguf::Parse(std::span(file).first(out));
    ASSERT_TRUE(gguf.ok()) << gguf.status().message();
    const auto tokens = gguf->GetStrings("tokenizer.ggml.tokens");
    ASSERT_TRUE(tokens.ok()) << tokens.status().message();
    EXPECT_EQ(tokens->size(), count);
    EXPECT_EQ(gguf->GetInts("tokenizer.ggml.token_type")->size(), count);
  }
}

}  // namespace
}  // namespace lentil

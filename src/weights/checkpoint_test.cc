// SPDX-License-Identifier: Apache-2.0

#include "weights/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <thread>

#include "base/output_file.h"
#include "weights/gguf_writer.h"
#include "weights/safetensors.h"

namespace lentil {
namespace {

namespace fs = std::filesystem;

using Tensors = std::map<std::string, TensorView>;

constexpr uint8_t kBytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

std::vector<uint8_t> Safe(const Tensors& tensors) {
  return *WriteSafetensors(tensors, {});
}

const Tensors kEmbedding = {{"wte.weight", {DType::kU8, {2, 4}, kBytes}}};
const Tensors kHead = {{"lm_head.weight", {DType::kF16, {4}, kBytes}}};
constexpr char kIndex[] =
    R"({"weight_map":{"wte.weight":"a","lm_head.weight":"b"}})";

Tensors Both() {
  Tensors both = kEmbedding;
  both.insert(kHead.begin(), kHead.end());
  return both;
}

class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "lentil_checkpoint_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const std::string& name, std::span<const uint8_t> bytes) const {
    ASSERT_TRUE(WriteFile(Path(name), bytes).ok());
  }
  void Write(const std::string& name, std::string_view text) const {
    Write(name, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }
  void WriteWhole() const {
    Write("config.json", "{}");
    Write("model.safetensors", Safe(Both()));
  }
  void WriteShards() const {
    Write("config.json", "{}");
    Write("a", Safe(kEmbedding));
    Write("b", Safe(kHead));
    Write("model.safetensors.index.json", kIndex);
  }
  std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }
  uint64_t HashOf(const std::string& name) const {
    const auto opened = Checkpoint::Open(Path(name));
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    return opened.ok() ? (*opened)->hash() : 0;
  }
  std::string Error(const std::string& name = "") const {
    return Checkpoint::Open(Path(name)).status().message();
  }

  fs::path folder_;
};

TEST_F(CheckpointTest, FolderWithOneFile) {
  WriteWhole();
  Write("tokenizer.json", "{\"t\":1}");
  Write("notes.txt", "x");
  const auto opened = Checkpoint::Open(folder_.string());
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const Checkpoint& checkpoint = **opened;
  EXPECT_EQ(checkpoint.config_json(), "{}");
  EXPECT_EQ(checkpoint.gguf(), nullptr);
  EXPECT_EQ(checkpoint.SideFile("tokenizer.json"), "{\"t\":1}");
  EXPECT_EQ(checkpoint.SideFile("tokenizer.model"), std::nullopt);
  EXPECT_EQ(checkpoint.SideFile("notes.txt"), std::nullopt);
  EXPECT_EQ(checkpoint.file_bytes(), Safe(Both()).size() + 2 + 7);
  EXPECT_EQ(checkpoint.tensors().size(), 2u);
  const auto head = checkpoint.Get("lm_head.weight");
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->shape, std::vector<uint64_t>{4});
  EXPECT_TRUE(Checkpoint::Open(Path("model.safetensors")).ok());
  EXPECT_TRUE(Checkpoint::Open(folder_.string() + "/").ok());
}

TEST_F(CheckpointTest, MissingTensorsAreNamedWithTheNearest) {
  WriteWhole();
  const auto opened = Checkpoint::Open(folder_.string());
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ((*opened)->Get("model.wte.weight").status().message(),
            "no tensor 'model.wte.weight'; there is 'wte.weight'");
  EXPECT_EQ((*opened)->Get("h.0.attn.bias").status().message(),
            "no tensor 'h.0.attn.bias'");
}

TEST_F(CheckpointTest, ShardsAreOneCheckpoint) {
  WriteShards();
  const auto opened = Checkpoint::Open(folder_.string());
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_EQ((*opened)->tensors().size(), 2u);
  const uint64_t sharded = HashOf("");
  WriteWhole();
  EXPECT_EQ(HashOf(""), sharded);
}

TEST_F(CheckpointTest, HashTellsEverythingApart) {
  WriteWhole();
  std::set<uint64_t> hashes = {HashOf("")};
  Write("config.json", "{ }");
  EXPECT_TRUE(hashes.insert(HashOf("")).second);
  Write("merges.txt", "");
  EXPECT_TRUE(hashes.insert(HashOf("")).second);
  Write("merges.txt", "a b");
  EXPECT_TRUE(hashes.insert(HashOf("")).second);
  Write("notes.txt", "a b");
  EXPECT_FALSE(hashes.insert(HashOf("")).second) << "nobody reads these";
  for (const Tensors& other :
       {Tensors{{"a", {DType::kU8, {8}, kBytes}}},
        Tensors{{"b", {DType::kU8, {8}, kBytes}}},
        Tensors{{"b", {DType::kU8, {2, 4}, kBytes}}},
        Tensors{{"b", {DType::kI8, {2, 4}, kBytes}}},
        Tensors{{"b", {DType::kF16, {2}, {kBytes, 4}}}}, Tensors{}}) {
    Write("model.safetensors", Safe(other));
    EXPECT_TRUE(hashes.insert(HashOf("")).second);
  }
}

TEST_F(CheckpointTest, HashIsTheSameForAllThreads) {
  WriteWhole();
  const auto opened = Checkpoint::Open(folder_.string());
  ASSERT_TRUE(opened.ok());
  uint64_t hashes[4] = {};
  std::vector<std::thread> threads;
  for (uint64_t& hash : hashes) {
    threads.emplace_back([&] { hash = (*opened)->hash(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (uint64_t hash : hashes) EXPECT_EQ(hash, HashOf(""));
}

TEST_F(CheckpointTest, GgufIsKnownByItsContents) {
  GgufMetadata metadata;
  metadata.SetString("general.architecture", "gpt2");
  Write("weights", *WriteGguf(metadata, kHead));
  const auto opened = Checkpoint::Open(Path("weights"));
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  ASSERT_NE((*opened)->gguf(), nullptr);
  EXPECT_EQ(*(*opened)->gguf()->GetString("general.architecture"), "gpt2");
  EXPECT_EQ((*opened)->config_json(), "");
  EXPECT_TRUE((*opened)->Get("lm_head.weight").ok());
  const uint64_t hash = (*opened)->hash();
  metadata.SetString("general.architecture", "gptj");
  Write("weights", *WriteGguf(metadata, kHead));
  EXPECT_NE(HashOf("weights"), hash);

  metadata.SetUint32("split.count", 3);
  Write("part", *WriteGguf(metadata, kHead));
  EXPECT_EQ(Error("part"),
            "is one of 3 parts; merge them with llama-gguf-split");
}

TEST_F(CheckpointTest, WhatIsMissingIsSaid) {
  EXPECT_EQ(Error("none"), "cannot open: no such file or directory");
  EXPECT_EQ(Error(),
            "has neither model.safetensors nor model.safetensors.index.json");
  Write("pytorch_model.bin", "PK\3\4");
  EXPECT_EQ(Error(), "has PyTorch weights only; convert them to safetensors");
  EXPECT_EQ(Error("pytorch_model.bin"), Error());
  Write("model.safetensors", "");
  EXPECT_EQ(Error(), "model.safetensors: is empty");
  Write("model.safetensors", "GGML....");
  EXPECT_EQ(Error("model.safetensors"), "safetensors header is too long");
  Write("model.safetensors", Safe(Both()));
  EXPECT_EQ(Error(), "model.safetensors: no config.json beside the weights");
}

TEST_F(CheckpointTest, PipesAreNotWaitedFor) {
  WriteWhole();
  ASSERT_EQ(mkfifo(Path("tokenizer.json").c_str(), 0600), 0);
  EXPECT_EQ(Checkpoint::Open(folder_.string()).status().message(),
            "model.safetensors: tokenizer.json: not a regular file");
}

TEST_F(CheckpointTest, ShardsThatDoNotKeepTheirWordAreRefused) {
  WriteShards();
  Write("b", Safe(kEmbedding));
  EXPECT_EQ(Error(),
            "'b' lacks tensor 'lm_head.weight', which it is said to hold");
  Write("b", "");
  EXPECT_EQ(Error(), "'b': too short to be a safetensors file");
  fs::remove(folder_ / "b");
  EXPECT_EQ(Error(), "'b': cannot open: no such file or directory");
  Write("model.safetensors.index.json",
        R"({"weight_map":{"wte.weight":"../a"}})");
  EXPECT_EQ(Error(),
            "tensor 'wte.weight' is said to be in '../a', which is no plain "
            "file name");
  Write("model.safetensors.index.json", "[]");
  EXPECT_EQ(Error(), "safetensors index is not a JSON object");
}

}  // namespace
}  // namespace lentil

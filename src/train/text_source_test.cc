// SPDX-License-Identifier: Apache-2.0

#include "train/text_source.h"

#include <gtest/gtest.h>
#include <lzma.h>
#include <zstd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/output_file.h"

namespace lentil {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

Bytes Of(const std::string& text) { return {text.begin(), text.end()}; }

Bytes Xz(const Bytes& plain) {
  Bytes packed(lzma_stream_buffer_bound(plain.size()));
  size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, plain.data(),
                                    plain.size(), packed.data(), &size,
                                    packed.size()),
            LZMA_OK);
  packed.resize(size);
  return packed;
}

Bytes Zstd(const Bytes& plain) {
  Bytes packed(ZSTD_compressBound(plain.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(),
                              plain.size(), 3));
  return packed;
}

Result<std::vector<TextSource>> Load(const std::vector<SourceRequest>& requests,
                                     uint64_t most,
                                     std::optional<SetKind> set = {}) {
  DataBudget budget = {.most = most};
  return LoadSources(requests, {.set = set}, &budget);
}

class TextSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("lentil_text_source_" +
               std::to_string(testing::UnitTest::GetInstance()->random_seed()) +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Put(const std::string& name, const Bytes& bytes) {
    const std::string path = (folder_ / name).string();
    EXPECT_TRUE(WriteFile(path, bytes).ok());
    return path;
  }

  fs::path folder_;
};

TEST_F(TextSourceTest, ReadsPlainXzAndZstdAlike) {
  Bytes text;
  for (uint32_t i = 0; i < 300000; ++i) text.push_back("lentil\n"[i * i % 7]);
  Put("a.txt", text);
  Put("b.txt.xz", Xz(text));
  Put("c.txt.zst", Zstd(text));
  const auto sources = Load({{folder_.string(), 0}}, 1 << 20);
  ASSERT_TRUE(sources.ok()) << sources.status().message();
  ASSERT_EQ(sources->size(), 3u);
  for (const TextSource& source : *sources) EXPECT_EQ(source.bytes, text);
}

TEST_F(TextSourceTest, SharesAWeightOutBySize) {
  Put("a", Bytes(100, 'a'));
  Put("b", Bytes(300, 'b'));
  const auto sources = Load({{folder_.string(), 8}}, 1000);
  ASSERT_TRUE(sources.ok());
  EXPECT_DOUBLE_EQ((*sources)[0].weight, 2);
  EXPECT_DOUBLE_EQ((*sources)[1].weight, 6);
}

TEST_F(TextSourceTest, PicturesBecomePatches) {
  Bytes picture = Of("P5 150 70 255\n");
  const size_t head = picture.size();
  for (int y = 0; y < 70; ++y) {
    for (int x = 0; x < 150; ++x) picture.push_back(x);
  }
  Put("a.pgm", picture);
  Put("notes.txt", Of("no picture"));
  const auto sources = Load({{folder_.string(), 5}}, 1 << 20, SetKind::kGray);
  ASSERT_TRUE(sources.ok()) << sources.status().message();
  ASSERT_EQ(sources->size(), 1u);
  const TextSource& patches = sources->front();
  ASSERT_EQ(patches.bytes.size(), 4 * kSetChunk);
  EXPECT_EQ(patches.chunk, kSetChunk);
  EXPECT_EQ(patches.unit, kPatchColumns);
  EXPECT_EQ(patches.weight, 5);
  EXPECT_EQ(Bytes(patches.bytes.begin(), patches.bytes.begin() + 64),
            Bytes(picture.begin() + head, picture.begin() + head + 64));
  picture.resize(picture.size() - 1);
  Put("a.pgm", picture);
  EXPECT_FALSE(Load({{folder_.string(), 0}}, 1 << 20, SetKind::kGray).ok());
}

TEST_F(TextSourceTest, DamageAndSizeAreErrors) {
  Bytes xz = Xz(Bytes(5000, 'x'));
  xz[xz.size() / 2] ^= 1;
  const auto code = [](const std::string& path, uint64_t limit) {
    return Load({{path, 0}}, limit).status().code();
  };
  EXPECT_EQ(code(Put("damaged.xz", xz), 1 << 20), Code::kCorrupt);
  Bytes zst = Zstd(Bytes(5000, 'x'));
  zst.resize(zst.size() - 2);
  EXPECT_EQ(code(Put("cut.zst", zst), 1 << 20), Code::kCorrupt);
  EXPECT_EQ(code(Put("bomb.xz", Xz(Bytes(9 << 20, 0))), 1 << 20),
            Code::kResourceLimit);
  EXPECT_EQ(code((folder_ / "none").string(), 1 << 20), Code::kIo);
}

TEST_F(TextSourceTest, OfEachFileTheFirstBytesAreEnough) {
  Put("a", Of("abcdef"));
  Put("b.xz", Xz(Of("ghijkl")));
  DataBudget budget = {.most = 8};
  const auto sources =
      LoadSources({{folder_.string(), 0}}, {.first = 4}, &budget);
  ASSERT_TRUE(sources.ok()) << sources.status().message();
  EXPECT_EQ((*sources)[0].bytes, Of("abcd"));
  EXPECT_EQ((*sources)[1].bytes, Of("ghij"));
  EXPECT_EQ(budget.held, 8u);
}

TEST_F(TextSourceTest, WhatIsNamedIsReadWhateverItsEnding) {
  Bytes picture = Of("P5 64 32 255\n");
  picture.resize(picture.size() + 64 * 32);
  const std::string path = Put("picture", picture);
  EXPECT_EQ(Load({{path, 0}}, 1 << 20, SetKind::kGray)->size(), 1u);
  EXPECT_EQ(Load({{folder_.string(), 0}}, 1 << 20, SetKind::kGray)->size(), 0u);
  const Status status =
      Load({{Put("a.jpg", Of("\xff\xd8\xff")), 0}}, 1 << 20, SetKind::kGray)
          .status();
  EXPECT_EQ(status.code(), Code::kUnsupported);
  EXPECT_NE(status.message().find("a.jpg: is JPEG"), std::string::npos)
      << status.message();
}

TEST_F(TextSourceTest, SetsAreWithinTheBudgetOfWhatTheyBecome) {
  Bytes picture = Of("P5 64 320 255\n");
  picture.resize(picture.size() + 64 * 320);
  const std::string path = Put("a.pgm", picture);
  EXPECT_TRUE(Load({{path, 0}}, 10 * kSetChunk, SetKind::kGray).ok());
  EXPECT_EQ(
      Load({{path, 0}}, 10 * kSetChunk - 1, SetKind::kGray).status().code(),
      Code::kResourceLimit);
}

TEST_F(TextSourceTest, ListsHaveWeightsCommentsAndARoot) {
  const std::string list =
      Put("list", Of("# data\nb/one.txt=2.5  # prose\n\n/abs/two=x\n"));
  const auto requests = ReadSourceList(list, "/root");
  ASSERT_TRUE(requests.ok());
  ASSERT_EQ(requests->size(), 2u);
  EXPECT_EQ((*requests)[0].path, "/root/b/one.txt");
  EXPECT_DOUBLE_EQ((*requests)[0].weight, 2.5);
  EXPECT_EQ((*requests)[1].path, "/abs/two=x");
  EXPECT_EQ(ReadSourceList(Put("empty", Of("#\n")), "").status().code(),
            Code::kInvalidArgument);
}

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "train/data_file.h"

#include <gtest/gtest.h>
#include <lzma.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>

#include "base/output_file.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

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

// Of any number of bytes, none of which is like its neighbours.
Bytes Data(size_t size) {
  Bytes data(size);
  uint32_t state = 1;
  for (uint8_t& byte : data) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<uint8_t>(state >> 24 & 0x7F);
  }
  return data;
}

class DataFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "lentil_data_file_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Put(const std::string& name, const Bytes& bytes) {
    const std::string path = folder_ + "/" + name;
    EXPECT_TRUE(WriteFile(path, bytes).ok());
    return path;
  }

  static Result<Bytes> First(const std::string& path, uint64_t first,
                             DataBudget budget = {}) {
    LENTIL_ASSIGN_OR_RETURN(DataFile file, DataFile::Open(path));
    return ReadData(&file, first, &budget);
  }

  std::string folder_;
};

TEST_F(DataFileTest, GivesWhatWasPackedInAnyPieces) {
  const Bytes data = Data(1'500'000);
  const std::string paths[] = {Put("a", data), Put("a.xz", Xz(data)),
                               Put("a.zst", Zstd(data))};
  for (const std::string& path : paths) {
    EXPECT_EQ(*First(path, UINT64_MAX), data) << path;
    EXPECT_EQ(*First(path, data.size()), data) << path;
    EXPECT_EQ(*First(path, 70'001), Bytes(data.begin(), data.begin() + 70'001));
    EXPECT_EQ(*First(path, 0), Bytes());
    auto file = DataFile::Open(path);
    ASSERT_TRUE(file.ok());
    Bytes all;
    Bytes piece(99'991);
    for (size_t got = piece.size(); got == piece.size();) {
      got = *file->Read(piece);
      all.insert(all.end(), piece.begin(),
                 piece.begin() + static_cast<ptrdiff_t>(got));
    }
    EXPECT_EQ(all, data) << path;
    EXPECT_EQ(*file->Read(piece), 0u);  // and still at the end
  }
}

TEST_F(DataFileTest, FramesAndStreamsInARowAreOne) {
  const Bytes data = Data(1000);
  Bytes twice = data;
  twice.insert(twice.end(), data.begin(), data.end());
  for (const auto& [name, code] :
       {std::pair<const char*, Bytes>{"a.xz", Xz(data)},
        {"a.zst", Zstd(data)}}) {
    Bytes both = code;
    both.insert(both.end(), code.begin(), code.end());
    const auto read = First(Put(name, both), UINT64_MAX);
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(*read, twice);
  }
}

TEST_F(DataFileTest, CutAnywhereIsCorrupt) {
  const Bytes data = Data(2000);
  for (const auto& [name, code] :
       {std::pair<const char*, Bytes>{"a.xz", Xz(data)},
        {"a.zst", Zstd(data)}}) {
    for (size_t size = 0; size < code.size(); size += 1 + size / 9) {
      const Bytes cut(code.begin(), code.begin() + static_cast<long>(size));
      EXPECT_EQ(First(Put(name, cut), UINT64_MAX).status().code(),
                Code::kCorrupt)
          << name << " " << size;
    }
    Bytes longer = code;
    longer.push_back('x');
    EXPECT_EQ(First(Put(name, longer), UINT64_MAX).status().code(),
              Code::kCorrupt)
        << name;
  }
}

// The end is damaged, and nobody finds out.
TEST_F(DataFileTest, BehindTheFirstBytesNothingIsUnpacked) {
  const Bytes data = Data(2'000'000);
  for (const auto& [name, code] :
       {std::pair<const char*, Bytes>{"a.xz", Xz(data)},
        {"a.zst", Zstd(data)}}) {
    Bytes cut = code;
    cut.resize(cut.size() - 100);
    const std::string path = Put(name, cut);
    EXPECT_EQ(First(path, UINT64_MAX).status().code(), Code::kCorrupt);
    const auto first = First(path, 1'000'000);
    ASSERT_TRUE(first.ok()) << name;
    EXPECT_TRUE(std::ranges::equal(*first, std::span(data).first(1'000'000)));
  }
}

TEST_F(DataFileTest, WhatUnpacksHasACeilingOfItsOwn) {
  const Bytes data = Data(5000);
  const DataBudget budget = DataBudget::Of(0, 4000, "do this");
  EXPECT_TRUE(First(Put("a", data), UINT64_MAX, budget).ok());
  const Status status =
      First(Put("a.xz", Xz(data)), UINT64_MAX, budget).status();
  EXPECT_EQ(status.code(), Code::kResourceLimit);
  EXPECT_NE(status.message().find("4000 bytes"), std::string::npos);
  EXPECT_NE(status.message().find("do this"), std::string::npos);
  EXPECT_TRUE(First(Put("a.xz", Xz(data)), 4000, budget).ok());
  // -M takes the place of both.
  EXPECT_TRUE(
      First(Put("a.xz", Xz(data)), UINT64_MAX, DataBudget::Of(5000, 1, ""))
          .ok());
  EXPECT_EQ(First(Put("a", data), UINT64_MAX, DataBudget::Of(4999, 1, ""))
                .status()
                .code(),
            Code::kResourceLimit);
}

TEST(DataBudget, FilesShareIt) {
  DataBudget budget = DataBudget::Of(0, 10, "");
  EXPECT_TRUE(budget.Take(100, /*is_plain=*/true).ok());
  EXPECT_TRUE(budget.Take(6, false).ok());
  EXPECT_FALSE(budget.Take(5, false).ok());
  EXPECT_FALSE(budget.Take(UINT64_MAX, false).ok());
  EXPECT_TRUE(budget.Take(4, false).ok());
  EXPECT_FALSE(budget.Take(1, false).ok());
  EXPECT_TRUE(budget.Take(1, true).ok());
}

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/output_file.h"

namespace lentil {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "lentil_file_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }
  fs::path folder_;
  const std::vector<uint8_t> bytes_ = {0, 1, 2, 255, 10};
};

TEST_F(FileTest, WritesReadsAndMaps) {
  std::vector<uint8_t> large(3'000'001, 7);
  ASSERT_TRUE(WriteFile(Path("a"), large).ok());
  EXPECT_EQ(ReadFile(Path("a")).value(), large);
  auto mapped = MappedFile::Open(Path("a"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_TRUE(std::equal(large.begin(), large.end(), mapped->bytes().begin(),
                         mapped->bytes().end()));
}

TEST_F(FileTest, EmptyFileMapsToNothing) {
  ASSERT_TRUE(WriteFile(Path("a"), {}).ok());
  EXPECT_EQ(MappedFile::Open(Path("a")).value().bytes().size(), 0u);
}

TEST_F(FileTest, ErrorsKeepTheSystemsWords) {
  EXPECT_EQ(ReadFile(Path("none")).status().message(),
            "cannot open: no such file or directory");
  EXPECT_EQ(ReadFile(folder_.string()).status().message(),
            "cannot read: is a directory");
  EXPECT_EQ(MappedFile::Open(folder_.string()).status().code(), Code::kIo);
  EXPECT_EQ(ErrnoStatus("x", EEXIST).code(), Code::kExists);
}

TEST_F(FileTest, PipesAreNotMapped) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(MappedFile::Open(Path("pipe")).status().message(),
            "not a regular file");
}

TEST_F(FileTest, LimitIsKept) {
  ASSERT_TRUE(WriteFile(Path("a"), bytes_).ok());
  EXPECT_TRUE(ReadFile(Path("a"), 5).ok());
  EXPECT_EQ(ReadFile(Path("a"), 4).status().code(), Code::kResourceLimit);
}

TEST_F(FileTest, FullDeviceIsAnError) {
  const int fd = open("/dev/full", O_WRONLY);
  if (fd < 0) GTEST_SKIP();
  EXPECT_EQ(WriteAll(fd, bytes_).message(),
            "cannot write: no space left on device");
  close(fd);
}

}  // namespace
}  // namespace lentil

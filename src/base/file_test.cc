// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

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
  size_t FilesHere() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_),
                                             fs::directory_iterator()));
  }

  fs::path folder_;
  const std::vector<uint8_t> bytes_ = {0, 1, 2, 255, 10};
};

TEST_F(FileTest, WritesReadsAndMaps) {
  std::vector<uint8_t> large(3'000'001, 7);
  ASSERT_TRUE(WriteFileAtomically(Path("a"), large).ok());
  EXPECT_EQ(ReadFile(Path("a")).value(), large);
  auto mapped = MappedFile::Open(Path("a"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_TRUE(std::equal(large.begin(), large.end(), mapped->bytes().begin(),
                         mapped->bytes().end()));
  EXPECT_EQ(FilesHere(), 1u);
}

TEST_F(FileTest, EmptyFileMapsToNothing) {
  ASSERT_TRUE(WriteFileAtomically(Path("a"), {}).ok());
  EXPECT_EQ(MappedFile::Open(Path("a")).value().bytes().size(), 0u);
}

TEST_F(FileTest, ErrorsKeepTheSystemsWords) {
  EXPECT_EQ(ReadFile(Path("none")).status().message(),
            "cannot open: no such file or directory");
  EXPECT_EQ(ReadFile(folder_.string()).status().message(),
            "cannot read: is a directory");
  EXPECT_EQ(MappedFile::Open(folder_.string()).status().code(), Code::kIo);
  EXPECT_EQ(AtomicFile::Create(Path("no/folder"), true).status().code(),
            Code::kIo);
  EXPECT_EQ(ErrnoStatus("x", EEXIST).code(), Code::kExists);
}

TEST_F(FileTest, PipesAreNotMapped) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(MappedFile::Open(Path("pipe")).status().message(),
            "not a regular file");
}

TEST_F(FileTest, LimitIsKept) {
  ASSERT_TRUE(WriteFileAtomically(Path("a"), bytes_).ok());
  EXPECT_TRUE(ReadFile(Path("a"), 5).ok());
  EXPECT_EQ(ReadFile(Path("a"), 4).status().code(), Code::kResourceLimit);
}

TEST_F(FileTest, NothingAppearsWithoutCommit) {
  {
    auto file = AtomicFile::Create(Path("a"), false);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->Write(bytes_).ok());
    EXPECT_EQ(FilesHere(), 1u);  // the temporary one
    EXPECT_FALSE(fs::exists(Path("a")));
  }
  EXPECT_EQ(FilesHere(), 0u);
}

TEST_F(FileTest, DoesNotOverwriteUnlessTold) {
  ASSERT_TRUE(WriteFileAtomically(Path("a"), {}).ok());
  EXPECT_EQ(AtomicFile::Create(Path("a"), false).status().code(),
            Code::kExists);
  auto file = AtomicFile::Create(Path("a"), true);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->Write(bytes_).ok());
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(ReadFile(Path("a")).value(), bytes_);
}

TEST_F(FileTest, FileThatAppearsMeanwhileIsKept) {
  auto file = AtomicFile::Create(Path("a"), false);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(WriteFileAtomically(Path("a"), bytes_).ok());
  EXPECT_EQ(file->Commit().code(), Code::kExists);
  EXPECT_EQ(ReadFile(Path("a")).value(), bytes_);
  EXPECT_EQ(FilesHere(), 1u);
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

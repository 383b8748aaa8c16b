// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"

namespace {

// Why linkat(2) fails, as on file systems that know no hard links; 0 = it does
// not.
int link_error = 0;

}  // namespace

// In place of the C library's.
extern "C" int linkat(int old_folder, const char* old_path, int new_folder,
                      const char* new_path, int flags) noexcept {
  if (link_error != 0) {
    errno = link_error;
    return -1;
  }
  return static_cast<int>(
      syscall(SYS_linkat, old_folder, old_path, new_folder, new_path, flags));
}

namespace lentil {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "lentil_output_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    link_error = 0;
    fs::remove_all(folder_);
  }

  std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }
  // Names in the folder.
  size_t NumFiles() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_),
                                             fs::directory_iterator()));
  }
  Status WriteNew(const std::string& name, OutputOptions options) {
    LENTIL_ASSIGN_OR_RETURN(OutputFile file,
                            OutputFile::Open(Path(name), options));
    LENTIL_RETURN_IF_ERROR(file.Write(bytes_));
    return file.Commit();
  }

  fs::path folder_;
  const std::vector<uint8_t> bytes_ = {0, 1, 2, 255, 10};
};

TEST_F(OutputFileTest, NothingAppearsWithoutCommit) {
  {
    auto file = OutputFile::Open(Path("a"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->Write(bytes_).ok());
    EXPECT_EQ(file->written(), bytes_.size());
    EXPECT_EQ(NumFiles(), file->temporary_path().empty() ? 0u : 1u);
  }
  EXPECT_EQ(NumFiles(), 0u);
}

TEST_F(OutputFileTest, DoesNotOverwriteUnlessTold) {
  ASSERT_TRUE(WriteFile(Path("a"), {}).ok());
  EXPECT_EQ(OutputFile::Open(Path("a")).status().code(), Code::kExists);
  ASSERT_TRUE(WriteNew("a", {.overwrite = true}).ok());
  EXPECT_EQ(ReadFile(Path("a")).value(), bytes_);
  EXPECT_EQ(NumFiles(), 1u);
}

TEST_F(OutputFileTest, FileThatAppearsMeanwhileIsKept) {
  auto file = OutputFile::Open(Path("a"));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(WriteFile(Path("a"), bytes_).ok());
  EXPECT_EQ(file->Commit().code(), Code::kExists);
  EXPECT_EQ(ReadFile(Path("a")).value(), bytes_);
  EXPECT_EQ(NumFiles(), 1u);
}

// What was written must not be lost where a name cannot be given afterwards.
TEST_F(OutputFileTest, WithoutHardLinksItIsCopied) {
  std::vector<uint8_t> large(3'000'001);
  for (size_t i = 0; i < large.size(); ++i) {
    large[i] = static_cast<uint8_t>(i * 7 + i / 1000);
  }
  for (const bool overwrite : {false, true}) {
    auto file = OutputFile::Open(Path("a"), {.overwrite = overwrite});
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->Write(large).ok());
    file->TakeOver({.owner = geteuid(), .group = getegid(), .mode = 0640});
    link_error = EPERM;
    ASSERT_TRUE(file->Commit().ok());
    link_error = 0;
    EXPECT_EQ(ReadFile(Path("a")).value(), large);
    struct stat found = {};
    ASSERT_EQ(stat(Path("a").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0640u);
    EXPECT_EQ(NumFiles(), 1u);
  }
}

TEST_F(OutputFileTest, LinksAreReplacedAndNotFollowed) {
  ASSERT_TRUE(WriteFile(Path("target"), {}).ok());
  fs::create_symlink("target", Path("link"));
  fs::create_symlink("nowhere", Path("dangling"));
  for (const char* name : {"link", "dangling"}) {
    EXPECT_EQ(OutputFile::Open(Path(name)).status().code(), Code::kExists);
    ASSERT_TRUE(WriteNew(name, {.overwrite = true}).ok());
    EXPECT_TRUE(fs::symlink_status(Path(name)).type() ==
                fs::file_type::regular);
    EXPECT_EQ(ReadFile(Path(name)).value(), bytes_);
  }
  EXPECT_TRUE(ReadFile(Path("target")).value().empty());
  EXPECT_FALSE(fs::exists(Path("nowhere")));
}

TEST_F(OutputFileTest, PipesAndDescriptorsAreWrittenAsTheyAre) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  const int fd = open(Path("pipe").c_str(), O_RDWR);
  ASSERT_GE(fd, 0);
  fs::create_symlink("pipe", Path("link"));
  const std::string names[] = {Path("pipe"), Path("link"),
                               "/dev/fd/" + std::to_string(fd)};
  for (const std::string& name : names) {
    EXPECT_EQ(CheckOutput(name, {}).value(), OutputKind::kStream);
    auto file = OutputFile::Open(name);
    ASSERT_TRUE(file.ok());
    EXPECT_FALSE(file->is_file());
    ASSERT_TRUE(file->Write(bytes_).ok());
    ASSERT_TRUE(file->Commit().ok());
    std::vector<uint8_t> got(bytes_.size());
    EXPECT_EQ(ReadSome(fd, got).value(), bytes_.size());
    EXPECT_EQ(got, bytes_);
  }
  close(fd);
  EXPECT_TRUE(fs::is_fifo(Path("pipe")));
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(NumFiles(), 2u);
}

// A pipe that somebody else has put where everybody may.
TEST_F(OutputFileTest, StrangersPipesAreRefusedInSharedFolders) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0622), 0);
  ASSERT_EQ(chown(Path("pipe").c_str(), 12345, 12345), 0);
  EXPECT_TRUE(CheckOutput(Path("pipe"), {}).ok());
  ASSERT_EQ(chmod(folder_.c_str(), 01777), 0);
  EXPECT_EQ(CheckOutput(Path("pipe"), {}).status().code(), Code::kIo);
  EXPECT_EQ(OutputFile::Open(Path("pipe"), {.overwrite = true}).status().code(),
            Code::kIo);
}

TEST_F(OutputFileTest, FoldersAreRefused) {
  EXPECT_EQ(OutputFile::Open(Path("no/folder")).status().code(), Code::kIo);
  for (const bool overwrite : {false, true}) {
    EXPECT_EQ(OutputFile::Open(folder_.string(), {.overwrite = overwrite})
                  .status()
                  .message(),
              "is a directory");
  }
}

TEST_F(OutputFileTest, UnfinishedNames) {
  EXPECT_TRUE(IsUnfinishedName(".lentil-123-0.tmp"));
  for (const char* name :
       {".lentil-123-0", ".lentil--0.tmp", ".lentil-1-.tmp", "lentil-1-0.tmp",
        ".lentil-1-0.tmp.ltl", ".lentil-.tmp", ".lentil.tmp", ".lentil-a-0.tmp",
        ""}) {
    EXPECT_FALSE(IsUnfinishedName(name)) << name;
  }
}

}  // namespace
}  // namespace lentil

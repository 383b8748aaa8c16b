// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace {

int failing_flushes = 0;

}  // namespace

// In place of the C library's: as Linux does, tells of a failure only once.
extern "C" int fsync(int fd) {
  if (failing_flushes > 0) {
    --failing_flushes;
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(SYS_fsync, fd));
}

namespace lentil {
namespace {

TEST(Output, FailedFlushLeavesNoFile) {
  const std::string path = testing::TempDir() + "lentil_output_test_file";
  std::filesystem::remove(path);
  for (int failures = 1; failures >= 0; --failures) {
    Result<Output> output = Output::ToFile(path, {});
    ASSERT_TRUE(output.ok());
    const uint8_t bytes[] = {1, 2, 3};
    ASSERT_TRUE(output->Write(bytes).ok());
    failing_flushes = failures;
    const Status status = output->Commit(nullptr);
    EXPECT_EQ(status.code(), failures > 0 ? Code::kIo : Code::kOk);
    EXPECT_EQ(std::filesystem::exists(path), failures == 0);
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace lentil

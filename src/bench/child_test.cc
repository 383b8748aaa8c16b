// SPDX-License-Identifier: Apache-2.0
// Children that succeed, fail, die, hang, or do not exist.

#include "bench/child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "bench/temporary_folder.h"

namespace lentil {
namespace {

Command Shell(const std::string& script) {
  Command command;
  command.words = {"/bin/sh", "-c", script};
  return command;
}

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Waits until a process is gone, or but a corpse: the system takes its time.
void ExpectGone(pid_t pid) {
  const std::string stat = "/proc/" + std::to_string(pid) + "/stat";
  std::string line;
  for (int i = 0; i < 1000; ++i) {
    line = Contents(stat);
    if (line.empty() || line.find(") Z") != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ADD_FAILURE() << line;
}

TEST(Child, ExitCodeAndUsage) {
  Interrupt interrupt;
  const Result<Outcome> outcome = RunChild(Shell("exit 7"), &interrupt);
  ASSERT_TRUE(outcome.ok()) << outcome.status().message();
  EXPECT_EQ(outcome->exit_code, 7);
  EXPECT_EQ(outcome->signal, 0);
  EXPECT_GT(outcome->usage.wall_seconds, 0);
  EXPECT_GT(outcome->usage.peak_bytes, 0u);
}

TEST(Child, StreamsAreFilesAndTheEnvironmentGrows) {
  const Result<TemporaryFolder> folder = TemporaryFolder::Create();
  ASSERT_TRUE(folder.ok());
  Command command = Shell("cat; echo \"$LENTIL_A\"; echo oops >&2");
  std::ofstream(folder->path() + "/in") << "given ";
  command.input = folder->path() + "/in";
  command.output = folder->path() + "/out";
  command.errors = folder->path() + "/err";
  command.environment = {"LENTIL_A=b c"};
  Interrupt interrupt;
  ASSERT_TRUE(RunChild(command, &interrupt).ok());
  EXPECT_EQ(Contents(command.output), "given b c\n");
  EXPECT_EQ(Contents(command.errors), "oops\n");
}

TEST(Child, NoInputIsAnEmptyOne) {
  Interrupt interrupt;
  const Result<Outcome> outcome = RunChild(Shell("read line"), &interrupt);
  ASSERT_TRUE(outcome.ok());
  EXPECT_NE(outcome->exit_code, 0);
}

TEST(Child, LastWordsOfAFailureAreFitForATerminal) {
  const Result<TemporaryFolder> folder = TemporaryFolder::Create();
  ASSERT_TRUE(folder.ok());
  Command command = Shell("printf 'no\\033[1m room\\nleft\\n' >&2; exit 3");
  command.errors = folder->path() + "/err";
  Interrupt interrupt;
  const Result<Outcome> outcome = RunChild(command, &interrupt);
  ASSERT_TRUE(outcome.ok());
  const Status status = CheckOutcome(*outcome, command.errors);
  EXPECT_EQ(status.code(), Code::kIo);
  EXPECT_EQ(status.message(), "exit code 3: no?[1m room left");
}

TEST(Child, KilledChildTellsItsSignal) {
  Interrupt interrupt;
  const Result<Outcome> outcome = RunChild(Shell("kill -9 $$"), &interrupt);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->signal, SIGKILL);
  EXPECT_EQ(CheckOutcome(*outcome, "").message(),
            "killed by signal 9 (Killed)");
}

TEST(Child, MissingProgramIsAnError) {
  Interrupt interrupt;
  Command command;
  command.words = {"/nowhere/at-all"};
  const Result<Outcome> outcome = RunChild(command, &interrupt);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.status().code(), Code::kIo);
  EXPECT_EQ(outcome.status().message(),
            "cannot run /nowhere/at-all: no such file or directory");
}

TEST(Child, AnInterruptEndsTheChildAndItsDescendants) {
  const Result<TemporaryFolder> folder = TemporaryFolder::Create();
  ASSERT_TRUE(folder.ok());
  const std::string pid_file = folder->path() + "/pid";
  Interrupt interrupt;
  std::thread other([&] {
    while (Contents(pid_file).find('\n') == std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    interrupt.Request();
  });
  const Result<Outcome> outcome = RunChild(
      Shell("sleep 1000 & echo $! > " + pid_file + "; wait"), &interrupt);
  other.join();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.status().code(), Code::kCancelled);
  ExpectGone(std::stoi(Contents(pid_file)));
}

TEST(Child, ATimeLimitEndsTheChildAndItsDescendants) {
  const Result<TemporaryFolder> folder = TemporaryFolder::Create();
  ASSERT_TRUE(folder.ok());
  const std::string pid_file = folder->path() + "/pid";
  Command command = Shell("sleep 1000 & echo $! > " + pid_file + "; wait");
  command.time_limit = 0.3;
  Interrupt interrupt;
  const Result<Outcome> outcome = RunChild(command, &interrupt);
  ASSERT_TRUE(outcome.ok()) << outcome.status().message();
  EXPECT_TRUE(outcome->timed_out);
  EXPECT_EQ(outcome->signal, SIGKILL);
  EXPECT_GE(outcome->usage.wall_seconds, 0.3);
  EXPECT_LT(outcome->usage.wall_seconds, 900);
  // On a busy machine the shell may not have got as far as that.
  const std::string pid = Contents(pid_file);
  if (pid.ends_with('\n')) ExpectGone(std::stoi(pid));
}

TEST(Child, WhoIsInTimeIsNotWaitedFor) {
  Command command = Shell("exit 7");
  command.time_limit = 900;
  Interrupt interrupt;
  const Result<Outcome> outcome = RunChild(command, &interrupt);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_EQ(outcome->exit_code, 7);
  EXPECT_LT(outcome->usage.wall_seconds, 900);
}

TEST(Child, NothingRunsAfterAnInterrupt) {
  Interrupt interrupt;
  interrupt.Request();
  EXPECT_EQ(RunChild(Shell("exit 0"), &interrupt).status().code(),
            Code::kCancelled);
}

TEST(TemporaryFolder, IsPrivateAndGoesWithItsContents) {
  std::string path;
  {
    Result<TemporaryFolder> folder = TemporaryFolder::Create();
    ASSERT_TRUE(folder.ok());
    path = folder->path();
    std::ofstream(path + "/a") << "b";
    const TemporaryFolder moved = std::move(*folder);
    EXPECT_EQ(moved.path(), path);
    EXPECT_EQ(access(path.c_str(), F_OK), 0);
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace lentil

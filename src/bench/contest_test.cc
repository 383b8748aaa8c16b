// SPDX-License-Identifier: Apache-2.0
// Contests between programs that copy, fail, and lie.

#include "bench/contest.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "bench/temporary_folder.h"

namespace lentil {
namespace {

constexpr char kCopy[] = "copy: cp {in} {out} : cp {in} {out}";
constexpr char kSuffix[] = "suffix: cp {in} {out}.pack : cp {in} {out}";
constexpr char kForgets[] = "forgets: cp {in} {out} : cp /dev/null {out} {in}";
constexpr char kEmpties[] = "empties: cp {in} {out} : head -c 3 < {in} > {out}";
constexpr char kSilent[] = "silent: test -e {in} -o {out} : cp {in} {out}";
constexpr char kMissing[] = "missing: /nowhere {in} {out} : cp {in} {out}";

class Contest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_.ok());
    std::ofstream(Source()) << "0123456789";
    options_.interrupt = &interrupt_;
  }
  std::string Source() const { return folder_->path() + "/file"; }

  Result<std::vector<Standing>> Run(const std::vector<std::string>& peers) {
    std::vector<Contender> contenders;
    for (const std::string& peer : peers) {
      contenders.push_back(*ParsePeer(peer, 1));
    }
    return RunContest(Source(), contenders, options_);
  }

  Result<TemporaryFolder> folder_ = TemporaryFolder::Create();
  Interrupt interrupt_;
  ContestOptions options_;
};

TEST_F(Contest, FiguresOfWhatIsRestored) {
  options_.runs = 3;
  const auto standings = Run({kCopy, kSuffix});
  ASSERT_TRUE(standings.ok()) << standings.status().message();
  ASSERT_EQ(standings->size(), 2u);
  for (const Standing& standing : *standings) {
    EXPECT_TRUE(standing.status.ok()) << standing.status.message();
    EXPECT_EQ(standing.source_bytes, 10u);
    EXPECT_EQ(standing.code_bytes, 10u);
    const Timing& timing = standing.compress;
    EXPECT_GT(timing.min_seconds, 0);
    EXPECT_LE(timing.min_seconds, timing.seconds);
    EXPECT_LE(timing.seconds, timing.max_seconds);
    EXPECT_GT(timing.peak_bytes, 0u);
  }
}

TEST_F(Contest, OnlyTheFirstBytesIfLimited) {
  options_.limit = 4;
  const auto standings = Run({kCopy});
  ASSERT_TRUE(standings.ok());
  EXPECT_TRUE((*standings)[0].status.ok());
  EXPECT_EQ((*standings)[0].source_bytes, 4u);
  EXPECT_EQ((*standings)[0].code_bytes, 4u);
}

TEST_F(Contest, AFailureSaysWhyAndStopsNobodyElse) {
  const auto standings = Run({kForgets, kEmpties, kSilent, kMissing, kCopy});
  ASSERT_TRUE(standings.ok());
  const auto& s = *standings;
  EXPECT_EQ(s[0].status.code(), Code::kIo);
  EXPECT_TRUE(s[0].status.message().starts_with("restoring: exit code 1: "))
      << s[0].status.message();
  EXPECT_EQ(s[1].status.code(), Code::kVerifyFailed);
  EXPECT_EQ(s[1].status.message(), "what it restored differs from byte 3 on");
  EXPECT_EQ(s[2].status.message(), "it wrote no output");
  EXPECT_EQ(s[3].status.message(),
            "compressing: cannot run /nowhere: no such file or directory");
  EXPECT_TRUE(s[4].status.ok());
}

TEST_F(Contest, TakesTurnsWithoutThoseThatFailed) {
  options_.runs = 2;
  std::string order;
  options_.on_step = [&order](const ContestStep& step) {
    order += step.contender[0];
    order += std::to_string(step.run) + (step.compress ? "c " : "d ");
  };
  ASSERT_TRUE(Run({kCopy, kEmpties, kSuffix}).ok());
  EXPECT_EQ(order, "c1c c1d e1c e1d s1c s1d c2c c2d s2c s2d ");
}

TEST_F(Contest, WhoPassesTheTimeLimitIsLeftOut) {
  const std::string script = folder_->path() + "/slow.sh";
  std::ofstream(script) << "sleep 1000\n";
  options_.runs = 2;
  options_.time_limit = 0.25;
  int steps = 0;
  options_.on_step = [&steps](const ContestStep&) { ++steps; };
  const auto standings =
      Run({"slow: sh " + script + " {in} {out} : cp {in} {out}"});
  ASSERT_TRUE(standings.ok());
  const Status& status = (*standings)[0].status;
  EXPECT_EQ(status.code(), Code::kResourceLimit);
  EXPECT_EQ(status.message(),
            "compressing: killed after 0.25 s, the time limit");
  EXPECT_EQ(steps, 1);
}

TEST_F(Contest, AnInterruptEndsItAndLeavesNothing) {
  setenv("TMPDIR", folder_->path().c_str(), 1);
  options_.on_step = [this](const ContestStep& step) {
    if (!step.compress) interrupt_.Request();
  };
  EXPECT_EQ(Run({kCopy}).status().code(), Code::kCancelled);
  unsetenv("TMPDIR");
  const std::filesystem::directory_iterator left(folder_->path());
  EXPECT_EQ(std::distance(begin(left), end(left)), 1) << "only the source";
}

TEST_F(Contest, ASourceThatCannotBeReadIsAnError) {
  const auto standings = RunContest("/nowhere", {}, options_);
  EXPECT_EQ(standings.status().code(), Code::kIo);
  EXPECT_EQ(standings.status().message(),
            "cannot open: no such file or directory");
}

TEST(SumStandings, AddsSizesAndTimes) {
  Standing a, b;
  a.contender.name = "x";
  a.source_bytes = 10;
  a.code_bytes = 5;
  a.compress = {1, 1, 2, 0.5, 0.25, 100};
  b = a;
  b.compress.peak_bytes = 300;
  const Standing both[] = {a, b};
  const Standing sum = SumStandings(both);
  EXPECT_EQ(sum.contender.name, "x");
  EXPECT_EQ(sum.source_bytes, 20u);
  EXPECT_EQ(sum.code_bytes, 10u);
  EXPECT_EQ(sum.compress.seconds, 2);
  EXPECT_EQ(sum.compress.peak_bytes, 300u);
  b.status = Status(Code::kIo, "lost");
  const Standing one_failed[] = {a, b};
  EXPECT_EQ(SumStandings(one_failed).status.message(), "lost");
}

}  // namespace
}  // namespace lentil

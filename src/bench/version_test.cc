// SPDX-License-Identifier: Apache-2.0
// What programs say of themselves, and programs that say nothing.

#include "bench/version.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "bench/temporary_folder.h"

namespace lentil {
namespace {

TEST(VersionIn, LinesOfKnownPrograms) {
  const std::pair<const char*, const char*> cases[] = {
      {"gzip 1.12\nCopyright (C) 2018\n", "1.12"},
      {"bzip2, a file compressor.  Version 1.0.8, 13-Jul-2019.\n", "1.0.8"},
      {"xz (XZ Utils) 5.5.1alpha\nliblzma 5.5.2alpha\n", "5.5.1alpha"},
      {"*** Zstandard CLI (64-bit) v1.5.4, by somebody ***", "1.5.4"},
      {"\n\r\n7-Zip [64] 26.02 : Copyright (c) 1999-2026", "26.02"},
      {"zpaq v7.15 journaling archiver, compiled Jan  5 2021", "7.15"},
      {"p-2.0.1-rc2+git.", "2.0.1-rc2+git"}};
  for (const auto& [text, version] : cases) {
    EXPECT_EQ(VersionIn(text), version) << text;
  }
}

TEST(VersionIn, NoneIsEmpty) {
  for (const char* text : {"", " \n\n", "gzip: unknown option", "less 590", "1",
                           "1.", "1. 2", ".5", "first line\nsecond 1.2"}) {
    EXPECT_EQ(VersionIn(text), "") << text;
  }
  EXPECT_EQ(VersionIn("1." + std::string(100, '0')), "");
}

class FindVersionsTest : public testing::Test {
 protected:
  // A contender that is asked by a shell script, which counts its runs.
  Contender Asked(const std::string& name, const std::string& script) const {
    const std::string path = folder_->path() + "/" + name;
    std::ofstream(path) << "echo run >> " + path + ".runs\n" + script + "\n";
    Contender contender;
    contender.ask_version = {"/bin/sh", path};
    return contender;
  }

  std::string Version(const Contender& contender) {
    std::vector<Contender> one = {contender};
    FindVersions(900, &interrupt_, one);
    return one[0].version;
  }

  Result<TemporaryFolder> folder_ = TemporaryFolder::Create();
  Interrupt interrupt_;
};

TEST_F(FindVersionsTest, OnEitherStream) {
  EXPECT_EQ(Version(Asked("a", "echo a 1.5; echo b 1.6 >&2")), "1.5");
  EXPECT_EQ(Version(Asked("b", "echo b 1.6 >&2")), "1.6");
}

TEST_F(FindVersionsTest, EachProgramIsAskedOnce) {
  const Contender a = Asked("a", "echo 1.5");
  std::vector<Contender> three = {a, Asked("b", "echo 1.6"), a};
  FindVersions(900, &interrupt_, three);
  EXPECT_EQ(three[0].version, "1.5");
  EXPECT_EQ(three[1].version, "1.6");
  EXPECT_EQ(three[2].version, "1.5");
  std::ifstream runs(folder_->path() + "/a.runs");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(runs), {}), "run\n");
}

TEST_F(FindVersionsTest, WhatFailsHasNone) {
  EXPECT_EQ(Version(Asked("a", "echo 1.5; exit 1")), "");
  EXPECT_EQ(Version(Asked("b", "echo 1.5; kill -9 $$")), "");
  EXPECT_EQ(Version(Asked("c", "exit 0")), "");
  Contender contender;
  contender.ask_version = {"/nowhere/at-all"};
  EXPECT_EQ(Version(contender), "");
}

TEST_F(FindVersionsTest, AUsagePageMayFail) {
  const std::string path = folder_->path() + "/page";
  Contender contender;
  contender.ask_version = {path};
  for (const auto& [code, version] : {std::pair("1", "1.5"), {"127", ""}}) {
    std::ofstream(path) << "#!/bin/sh\necho 1.5; exit " << code << "\n";
    chmod(path.c_str(), 0700);
    EXPECT_EQ(Version(contender), version) << code;
  }
}

TEST_F(FindVersionsTest, WhatHangsHasNone) {
  std::vector<Contender> one = {Asked("a", "echo 1.5; sleep 1000")};
  FindVersions(0.2, &interrupt_, one);
  EXPECT_EQ(one[0].version, "");
}

TEST_F(FindVersionsTest, WhoCannotBeAskedKeepsTheirs) {
  Contender own;
  own.version = "0.5";
  EXPECT_EQ(Version(own), "0.5");
}

}  // namespace
}  // namespace lentil

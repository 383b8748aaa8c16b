// SPDX-License-Identifier: Apache-2.0
// Command templates and the table of peers.

#include "bench/contender.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "bench/temporary_folder.h"

namespace lentil {
namespace {

using Words = std::vector<std::string>;

TEST(CommandTemplate, GapsAndRedirections) {
  const Result<CommandTemplate> pattern =
      ParseTemplate(" pack -T{T} -n={source} < {in}  > {out}.p ");
  ASSERT_TRUE(pattern.ok()) << pattern.status().message();
  const Command command = Fill(*pattern, {"/a/{out}", "/b", "/c", 3});
  EXPECT_EQ(command.words, Words({"pack", "-T3", "-n=/c"}));
  EXPECT_EQ(command.input, "/a/{out}") << "what fills a gap has none";
  EXPECT_EQ(command.output, "/b.p");
}

TEST(CommandTemplate, NeedsAProgramAndBothFiles) {
  for (const char* text : {"", "pack {in}", "pack {out}", "> {out} < {in}"}) {
    EXPECT_EQ(ParseTemplate(text).status().code(), Code::kInvalidArgument)
        << text;
  }
}

TEST(Peers, EveryRowParsesAndNamesOneProgram) {
  for (const Peer& peer : KnownPeers()) {
    const auto compress = ParseTemplate(peer.compress);
    const auto decompress = ParseTemplate(peer.decompress);
    ASSERT_TRUE(compress.ok() && decompress.ok()) << peer.title;
    EXPECT_EQ(compress->words[0], decompress->words[0]) << peer.title;
    EXPECT_TRUE(peer.title.starts_with(peer.name)) << peer.title;
  }
}

TEST(Peers, AnUnknownOneIsToldTheKnownOnes) {
  const Status status = FindPeers("gzap", 1).status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_TRUE(status.message().starts_with(
      "no peer 'gzap'; known are gzip, bzip2, xz, zstd, brotli,"))
      << status.message();
}

TEST(Peers, NoneIsNone) {
  const auto found = FindPeers("none", 1);
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->empty());
}

// With a PATH of its own.
class PeersOnPath : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("PATH");
    if (path != nullptr) saved_ = path;
    setenv("PATH", folder_->path().c_str(), 1);
  }
  void TearDown() override { setenv("PATH", saved_.c_str(), 1); }

  std::string AddProgram(const std::string& name) {
    const std::string path = folder_->path() + "/" + name;
    std::ofstream(path) << "#!/bin/sh\n";
    chmod(path.c_str(), 0700);
    return path;
  }

  Result<TemporaryFolder> folder_ = TemporaryFolder::Create();
  std::string saved_ = "/usr/bin:/bin";
};

TEST_F(PeersOnPath, AutoFindsWhatIsInstalled) {
  AddProgram("zstd");
  AddProgram("xz");
  const auto found = FindPeers("auto", 4);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 3u);
  EXPECT_EQ((*found)[0].name, "xz -9e");
  EXPECT_EQ((*found)[1].name, "zstd -19");
  EXPECT_EQ((*found)[2].name, "zstd --ultra -22");
}

TEST_F(PeersOnPath, NamedOnesMustBeThere) {
  AddProgram("gzip");
  EXPECT_EQ(FindPeers("gzip", 1)->size(), 1u);
  const Status status = FindPeers("gzip,brotli", 1).status();
  EXPECT_EQ(status.code(), Code::kIo);
  EXPECT_EQ(status.message(), "peer brotli: there is no program brotli");
}

TEST_F(PeersOnPath, AProgramElsewhereTakesTheRowsSettings) {
  const std::string path = AddProgram("my-xz");
  const auto found = FindPeers("xz=" + path, 2);
  ASSERT_TRUE(found.ok()) << found.status().message();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ((*found)[0].compress.words[0], path);
  EXPECT_EQ((*found)[0].decompress.words[0], path);
  EXPECT_EQ((*found)[0].compress.words[1], "-9e");
  EXPECT_EQ((*found)[0].ask_version, Words({path, "--version"}));
}

TEST_F(PeersOnPath, ThreadsGoToThoseThatTakeThem) {
  AddProgram("gzip");
  AddProgram("xz");
  const auto found = FindPeers("gzip,xz", 4);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0].threads, 1);
  EXPECT_EQ((*found)[1].threads, 4);
}

TEST(Peers, OthersAreDescribed) {
  const auto peer =
      ParsePeer("my packer: /opt/p e:9 {in} {out} : /opt/p d {in} {out}", 1);
  ASSERT_TRUE(peer.ok()) << peer.status().message();
  EXPECT_EQ(peer->name, "my packer");
  EXPECT_EQ(peer->compress.words, Words({"/opt/p", "e:9", "{in}", "{out}"}));
  EXPECT_EQ(peer->decompress.words, Words({"/opt/p", "d", "{in}", "{out}"}));
  EXPECT_EQ(peer->ask_version, Words()) << "its flags are not known";
  for (const char* text :
       {"", "p", "p: a {in} {out}", ": a {in} {out} : b {in} {out}",
        "p: a {in} : b {in} {out}", "p: a {in} {out} : "}) {
    EXPECT_EQ(ParsePeer(text, 1).status().code(), Code::kInvalidArgument)
        << text;
  }
}

TEST(Peers, LevelsOfLentil) {
  const Contender level = LentilLevel("/bin/lentil", 3, 2, 1000);
  EXPECT_EQ(level.name, "lentil -3");
  EXPECT_TRUE(level.own);
  EXPECT_EQ(level.model_bytes, 1000u);
  EXPECT_EQ(Fill(level.compress, {"in", "out", "in", 2}).words,
            Words({"/bin/lentil", "compress", "-3", "--no-verify", "-q", "-T2",
                   "-o", "out", "in"}));
}

}  // namespace
}  // namespace lentil

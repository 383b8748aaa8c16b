// SPDX-License-Identifier: Apache-2.0

#include "model/imported/token_trie.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lentil {
namespace {

class Spelled : public Tokenizer {
 public:
  explicit Spelled(std::vector<std::string> tokens)
      : tokens_(std::move(tokens)) {}
  uint32_t vocab_size() const override {
    return static_cast<uint32_t>(tokens_.size());
  }
  std::span<const uint8_t> BytesOf(uint32_t token) const override {
    return {reinterpret_cast<const uint8_t*>(tokens_[token].data()),
            tokens_[token].size()};
  }
  void Encode(std::span<const uint8_t>, std::vector<uint32_t>*) const override {
  }
  void Decode(std::span<const uint32_t>, std::vector<uint8_t>*) const override {
  }
  std::optional<uint32_t> bos() const override { return std::nullopt; }
  std::optional<uint32_t> eos() const override { return std::nullopt; }

 private:
  std::vector<std::string> tokens_;
};

std::string TextOf(const TokenTrie& trie, uint32_t rank) {
  const auto bytes = trie.bytes(rank);
  return {bytes.begin(), bytes.end()};
}

TEST(TokenTrie, TokensStandInTheOrderOfTheirBytes) {
  const TokenTrie trie(
      Spelled({"b", "", "ab", "a", "\xff", "ab", "abc", "beyond"}), 7);
  const std::vector<uint32_t> expected = {3, 2, 5, 6, 0, 4};
  EXPECT_EQ(std::vector(trie.tokens().begin(), trie.tokens().end()), expected);
  for (uint32_t rank = 0; rank < trie.size(); ++rank) {
    EXPECT_EQ(trie.rank(trie.token(rank)), rank);
  }
  EXPECT_EQ(trie.rank(1), trie.size()) << "no bytes";
  EXPECT_EQ(TextOf(trie, 3), "abc");
}

// Of each node: its own tokens and its children's are all that it has.
size_t CheckNode(const TokenTrie& trie, const TokenTrie::Node& node,
                 const std::string& text) {
  uint32_t at = trie.FirstLonger(node);
  for (uint32_t rank = node.begin; rank < at; ++rank) {
    EXPECT_EQ(TextOf(trie, rank), text);
  }
  size_t nodes = 1;
  int last = -1;
  trie.ForEachChild(node, [&](uint8_t byte, const TokenTrie::Node& child) {
    EXPECT_GT(byte, last);
    EXPECT_EQ(child.begin, at);
    EXPECT_LT(child.begin, child.end);
    EXPECT_EQ(child.depth, node.depth + 1);
    nodes += CheckNode(trie, child, text + static_cast<char>(byte));
    at = child.end;
    last = byte;
  });
  EXPECT_EQ(at, node.end);
  return nodes;
}

TEST(TokenTrie, NodesShareOutTheVocabulary) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 3000; ++i) {
    tokens.push_back(std::to_string(i * 37 % 1000));
    tokens.push_back(std::string(1, static_cast<char>(i)));
  }
  const TokenTrie trie(Spelled(tokens), 6000);
  EXPECT_EQ(trie.size(), 6000u);
  // The root, 256 bytes, "10" to "99" and "100" to "999".
  EXPECT_EQ(CheckNode(trie, trie.root(), ""), 1u + 256 + 90 + 900);
}

TEST(TokenTrie, MayBeEmpty) {
  const TokenTrie trie(Spelled({"", ""}), 5);
  EXPECT_EQ(trie.size(), 0u);
  EXPECT_EQ(CheckNode(trie, trie.root(), ""), 1u);
}

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// A vocabulary in the order of its bytes, so that the tokens that begin alike
// stand side by side: a trie whose nodes are ranges.

#ifndef LENTIL_MODEL_IMPORTED_TOKEN_TRIE_H_
#define LENTIL_MODEL_IMPORTED_TOKEN_TRIE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenize/tokenizer.h"

namespace lentil {

// Of the tokens that have bytes; a token's place in their order is its rank.
// Equal ones stand in the order of their ids. Immutable.
class TokenTrie {
 public:
  // The tokens whose first `depth` bytes are those of this node.
  struct Node {
    uint32_t begin = 0;  // ranks
    uint32_t end = 0;
    uint32_t depth = 0;
  };

  // Of the tokens below `vocab`. O(vocab log vocab).
  TokenTrie(const Tokenizer& tokenizer, uint32_t vocab);

  uint32_t size() const { return static_cast<uint32_t>(tokens_.size()); }
  uint32_t token(uint32_t rank) const { return tokens_[rank]; }
  std::span<const uint32_t> tokens() const { return tokens_; }
  // size() for a token without bytes.
  uint32_t rank(uint32_t token) const { return ranks_[token]; }
  std::span<const uint8_t> bytes(uint32_t rank) const {
    return {bytes_.data() + begins_[rank], begins_[rank + 1] - begins_[rank]};
  }

  Node root() const { return {0, size(), 0}; }

  // The first of the node's ranks whose bytes go on: those before are spelled
  // by the node itself.
  uint32_t FirstLonger(const Node& node) const {
    uint32_t rank = node.begin;
    while (rank < node.end && bytes(rank).size() == node.depth) ++rank;
    return rank;
  }

  // visit(byte, child) for each byte by which one goes on, in order.
  template <class Visit>
  void ForEachChild(const Node& node, const Visit& visit) const {
    if (node.depth == 0) {
      for (size_t byte = 0; byte < 256; ++byte) {
        if (first_[byte] == first_[byte + 1]) continue;
        visit(static_cast<uint8_t>(byte),
              Node{first_[byte], first_[byte + 1], 1});
      }
      return;
    }
    for (uint32_t begin = FirstLonger(node); begin < node.end;) {
      const uint32_t end = EndOfByte(begin, node);
      visit(bytes(begin)[node.depth], Node{begin, end, node.depth + 1});
      begin = end;
    }
  }

  // Bytes that one of `vocab` tokens takes, about.
  static uint64_t MemoryBytes(uint32_t vocab) { return uint64_t{vocab} * 24; }

 private:
  // Behind the node's ranks that go on by the same byte as `begin`.
  uint32_t EndOfByte(uint32_t begin, const Node& node) const;

  std::vector<uint32_t> tokens_;          // by rank
  std::vector<uint32_t> ranks_;           // by token
  std::vector<uint8_t> bytes_;            // of all, in order
  std::vector<uint32_t> begins_;          // of each in bytes_, and their end
  std::array<uint32_t, 257> first_ = {};  // rank, by first byte
};

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_TOKEN_TRIE_H_

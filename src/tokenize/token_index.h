// SPDX-License-Identifier: Apache-2.0
// Tokens by their bytes: a sorted list, searched as if it were a trie. Unlike a
// hash table it has no bad inputs.

#ifndef LENTIL_TOKENIZE_TOKEN_INDEX_H_
#define LENTIL_TOKENIZE_TOKEN_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tokenize/utf8.h"

namespace lentil {

// The bytes of every token, one behind the other.
class TokenTable {
 public:
  void Add(ByteSpan bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    ends_.push_back(bytes_.size());
  }
  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  ByteSpan operator[](uint32_t id) const {
    const size_t begin = id == 0 ? 0 : ends_[id - 1];
    return {bytes_.data() + begin, ends_[id] - begin};
  }

 private:
  std::vector<uint8_t> bytes_;
  std::vector<size_t> ends_;
};

class TokenIndex {
 public:
  // Of the tokens `ids`; of tokens with the same bytes the lowest counts, empty
  // ones do not. `table` must outlive the index.
  TokenIndex(const TokenTable* table, std::vector<uint32_t> ids);

  bool empty() const { return ids_.empty(); }

  // The token of exactly these bytes. O(log tokens) comparisons.
  std::optional<uint32_t> Find(ByteSpan bytes) const;

  // Calls found(token, size) for each token that `text` begins with, shortest
  // first. O(log tokens) per byte of the longest prefix.
  template <class Found>
  void ForEachPrefix(ByteSpan text, const Found& found) const {
    if (text.empty()) return;
    Range range = {first_[text[0]], first_[text[0] + 1]};
    for (size_t size = 1; range.begin < range.end; ++size) {
      if ((*table_)[ids_[range.begin]].size() == size) {
        found(ids_[range.begin++], size);
      }
      if (size == text.size()) return;
      range = Follow(range, size, text[size]);
    }
  }

 private:
  struct Range {
    uint32_t begin;
    uint32_t end;
  };
  // The part of `range` whose tokens, all longer than `at`, have `byte` there.
  Range Follow(Range range, size_t at, uint8_t byte) const;

  const TokenTable* table_;
  std::vector<uint32_t> ids_;          // in the order of their bytes
  std::array<uint32_t, 257> first_{};  // where tokens with a first byte begin
};

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_TOKEN_INDEX_H_

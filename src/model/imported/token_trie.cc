// SPDX-License-Identifier: Apache-2.0

#include "model/imported/token_trie.h"

#include <algorithm>

namespace lentil {

TokenTrie::TokenTrie(const Tokenizer& tokenizer, uint32_t vocab) {
  const uint32_t known = std::min(vocab, tokenizer.vocab_size());
  for (uint32_t token = 0; token < known; ++token) {
    if (!tokenizer.BytesOf(token).empty()) tokens_.push_back(token);
  }
  std::ranges::stable_sort(tokens_, [&](uint32_t a, uint32_t b) {
    return std::ranges::lexicographical_compare(tokenizer.BytesOf(a),
                                                tokenizer.BytesOf(b));
  });
  ranks_.assign(vocab, size());
  begins_.reserve(tokens_.size() + 1);
  for (uint32_t rank = 0; rank < size(); ++rank) {
    const std::span<const uint8_t> spelled = tokenizer.BytesOf(tokens_[rank]);
    ranks_[tokens_[rank]] = rank;
    begins_.push_back(static_cast<uint32_t>(bytes_.size()));
    bytes_.insert(bytes_.end(), spelled.begin(), spelled.end());
    first_[spelled[0] + 1u] = rank + 1;
  }
  begins_.push_back(static_cast<uint32_t>(bytes_.size()));
  for (size_t byte = 0; byte < 256; ++byte) {
    first_[byte + 1] = std::max(first_[byte + 1], first_[byte]);
  }
}

// In steps that double, then halve.
uint32_t TokenTrie::EndOfByte(uint32_t begin, const Node& node) const {
  const auto is_same = [&](uint32_t rank) {
    return bytes(rank)[node.depth] == bytes(begin)[node.depth];
  };
  uint32_t same = begin;
  uint32_t step = 1;
  while (step < node.end - same && is_same(same + step)) {
    same += step;
    step *= 2;
  }
  uint32_t other = step < node.end - same ? same + step : node.end;
  while (other - same > 1) {
    const uint32_t middle = same + (other - same) / 2;
    (is_same(middle) ? same : other) = middle;
  }
  return other;
}

}  // namespace lentil

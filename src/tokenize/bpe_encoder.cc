// SPDX-License-Identifier: Apache-2.0
// A list of symbols linked both ways and a heap of the pairs that can merge. A
// pair whose symbols have changed since is found out when it is taken.

#include "tokenize/bpe_encoder.h"

#include <algorithm>
#include <queue>
#include <tuple>
#include <utility>

namespace lentil {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

struct Node {
  uint32_t symbol;
  uint32_t before;
  uint32_t after;
};

struct Candidate {
  const Merge* merge;
  uint32_t at;  // the left symbol

  // The heap's top is the greatest.
  bool operator<(const Candidate& other) const {
    return std::tie(merge->rank, at) > std::tie(other.merge->rank, other.at);
  }
};

}  // namespace

BpeEncoder::BpeEncoder(const TokenIndex* index, const ByteSymbols& byte_symbols,
                       std::vector<Merge> merges, uint32_t vocab_size,
                       BpeOptions options)
    : index_(index),
      byte_symbols_(byte_symbols),
      merges_(std::move(merges)),
      rows_(size_t{vocab_size} + 1),
      options_(options) {
  for (size_t c = 0; c < ascii_.size(); ++c) {
    const auto byte = static_cast<uint8_t>(c);
    ascii_[c] = index_->Find({&byte, 1}).value_or(byte_symbols_[c]);
  }
  std::stable_sort(
      merges_.begin(), merges_.end(), [](const Merge& a, const Merge& b) {
        return std::tie(a.left, a.right) < std::tie(b.left, b.right);
      });
  for (const Merge& merge : merges_) ++rows_[merge.left + 1];
  for (size_t i = 1; i < rows_.size(); ++i) rows_[i] += rows_[i - 1];
}

const Merge* BpeEncoder::Find(uint32_t left, uint32_t right) const {
  if (left + 1 >= rows_.size()) return nullptr;  // escaped
  const Merge* const end = merges_.data() + rows_[left + 1];
  const Merge* const at = std::lower_bound(
      merges_.data() + rows_[left], end, right,
      [](const Merge& merge, uint32_t r) { return merge.right < r; });
  return at != end && at->right == right ? at : nullptr;
}

void BpeEncoder::AppendUnits(ByteSpan piece,
                             std::vector<uint32_t>* units) const {
  const auto append_bytes = [&](ByteSpan bytes) {
    for (uint8_t byte : bytes) units->push_back(byte_symbols_[byte]);
  };
  if (options_.starts_from_bytes) return append_bytes(piece);
  while (!piece.empty()) {
    const ByteSpan unit = piece.first(Utf8Step(piece));
    piece = piece.subspan(unit.size());
    if (unit[0] < ascii_.size()) {
      units->push_back(ascii_[unit[0]]);
    } else if (const auto id = index_->Find(unit)) {
      units->push_back(*id);
    } else {
      append_bytes(unit);
    }
  }
}

void BpeEncoder::Encode(ByteSpan piece, std::vector<uint32_t>* symbols) const {
  if (options_.takes_whole_pieces) {
    if (const auto id = index_->Find(piece)) return symbols->push_back(*id);
  }
  const size_t start = symbols->size();
  AppendUnits(piece, symbols);
  const auto count = static_cast<uint32_t>(symbols->size() - start);
  std::vector<Node> nodes(count);
  std::priority_queue<Candidate> queue;
  const auto consider = [&](uint32_t at) {
    if (at == kNone || nodes[at].after == kNone) return;
    const Merge* const merge =
        Find(nodes[at].symbol, nodes[nodes[at].after].symbol);
    if (merge != nullptr) queue.push({merge, at});
  };
  for (uint32_t i = 0; i < count; ++i) {
    nodes[i] = {(*symbols)[start + i], i == 0 ? kNone : i - 1,
                i + 1 == count ? kNone : i + 1};
  }
  for (uint32_t i = 0; i < count; ++i) consider(i);
  while (!queue.empty()) {
    const auto [merge, at] = queue.top();
    queue.pop();
    Node& left = nodes[at];
    if (left.symbol != merge->left || left.after == kNone) continue;
    Node& right = nodes[left.after];
    if (right.symbol != merge->right) continue;
    left.symbol = merge->merged;
    right.symbol = kNone;  // never the left of a merge
    left.after = right.after;
    if (left.after != kNone) nodes[left.after].before = at;
    consider(left.before);
    consider(at);
  }
  symbols->resize(start);
  for (uint32_t i = 0; i != kNone && i < count; i = nodes[i].after) {
    symbols->push_back(nodes[i].symbol);
  }
}

}  // namespace lentil

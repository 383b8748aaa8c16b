// SPDX-License-Identifier: Apache-2.0

#include "tokenize/token_index.h"

#include <algorithm>

namespace lentil {

TokenIndex::TokenIndex(const TokenTable* table, std::vector<uint32_t> ids)
    : table_(table), ids_(std::move(ids)) {
  const TokenTable& t = *table_;
  std::erase_if(ids_, [&t](uint32_t id) { return t[id].empty(); });
  std::sort(ids_.begin(), ids_.end(), [&t](uint32_t a, uint32_t b) {
    const int order = AsText(t[a]).compare(AsText(t[b]));
    return order != 0 ? order < 0 : a < b;
  });
  const auto same = [&t](uint32_t a, uint32_t b) {
    return AsText(t[a]) == AsText(t[b]);
  };
  ids_.erase(std::unique(ids_.begin(), ids_.end(), same), ids_.end());
  for (uint32_t id : ids_) ++first_[t[id][0] + 1];
  for (size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
}

std::optional<uint32_t> TokenIndex::Find(ByteSpan bytes) const {
  if (bytes.empty()) return std::nullopt;
  const auto end = ids_.begin() + first_[bytes[0] + 1];
  const auto at = std::lower_bound(ids_.begin() + first_[bytes[0]], end, bytes,
                                   [this](uint32_t id, ByteSpan b) {
                                     return AsText((*table_)[id]) < AsText(b);
                                   });
  if (at == end || AsText((*table_)[*at]) != AsText(bytes)) return std::nullopt;
  return *at;
}

TokenIndex::Range TokenIndex::Follow(Range range, size_t at,
                                     uint8_t byte) const {
  const auto begin = ids_.begin() + range.begin;
  const auto end = ids_.begin() + range.end;
  const auto first = std::partition_point(
      begin, end, [&](uint32_t id) { return (*table_)[id][at] < byte; });
  const auto last = std::partition_point(
      first, end, [&](uint32_t id) { return (*table_)[id][at] == byte; });
  return {static_cast<uint32_t>(first - ids_.begin()),
          static_cast<uint32_t>(last - ids_.begin())};
}

}  // namespace lentil

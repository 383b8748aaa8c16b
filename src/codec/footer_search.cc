// SPDX-License-Identifier: Apache-2.0
#include "codec/footer_search.h"

#include <algorithm>

#include "format/container.h"

namespace lentil {
namespace {

// A frame takes twice as many bytes as its entry in the footer at least, so a
// container's footer is shorter than what stands before it, even if half of
// that is gone; but for the footer's own ends.
uint64_t MostBytesAt(uint64_t offset) { return offset + 64; }

}  // namespace

FooterSearch::FooterSearch(uint64_t memory_limit)
    : most_bytes_(memory_limit == 0 ? kMostBytes
                                    : std::min(memory_limit, kMostBytes)) {}

std::optional<size_t> FooterSearch::Look(std::span<const uint8_t> bytes,
                                         uint64_t offset) {
  const auto length = ParseFooterLength(bytes, offset);
  if (!length.ok()) return std::nullopt;
  if (*length == 0) return size_t{0};
  if (*length > std::min(most_bytes_, MostBytesAt(offset))) return std::nullopt;
  if (bytes.size() < *length) return size_t{0};
  const auto footer = bytes.first(*length);
  const auto end = ParseFooterTail(footer.last(kFooterTailBytes), offset);
  if (!end.ok() || *end != *length) return std::nullopt;
  if (hashed_ + *length > kMostHashes * (offset + *length)) return std::nullopt;
  hashed_ += *length;
  if (!CheckFooter(footer, offset).ok()) return std::nullopt;
  return *length;
}

}  // namespace lentil

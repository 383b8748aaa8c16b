// SPDX-License-Identifier: Apache-2.0
// Salvage: footers among bytes of which some are damaged.

#ifndef LENTIL_CODEC_FOOTER_SEARCH_H_
#define LENTIL_CODEC_FOOTER_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lentil {

// Tells footers from what begins like one, in time that is linear in the bytes
// looked through, however many begin so: a footer's end is looked at before it
// is hashed, and what is hashed is limited. The answers depend on the bytes
// alone, not on when they came.
class FooterSearch {
 public:
  // Waits for footers of `memory_limit` bytes at most; 0 = kMostBytes.
  explicit FooterSearch(uint64_t memory_limit);

  // Whether a footer starts with bytes[0], at `offset` of the file: its size, 0
  // if it cannot be told yet, nothing if none does. After another answer than 0
  // the place is not to be asked for again.
  std::optional<size_t> Look(std::span<const uint8_t> bytes, uint64_t offset);

  uint64_t hashed() const { return hashed_; }  // bytes so far

  static constexpr uint64_t kMostBytes = uint64_t{64} << 20;
  // Of the bytes up to the end of a footer. One that is real is hashed once.
  static constexpr uint64_t kMostHashes = 4;

 private:
  const uint64_t most_bytes_;
  uint64_t hashed_ = 0;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_FOOTER_SEARCH_H_

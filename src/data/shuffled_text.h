// SPDX-License-Identifier: Apache-2.0
// Controls of a text: the same words in another order.

#ifndef LENTIL_DATA_SHUFFLED_TEXT_H_
#define LENTIL_DATA_SHUFFLED_TEXT_H_

#include <cstdint>
#include <span>
#include <vector>

namespace lentil {

// The text in sentences: each ends behind a newline, or behind the blanks that
// follow ".", "!" or "?". One after the other they are the text.
std::vector<std::span<const uint8_t>> SplitSentences(
    std::span<const uint8_t> text);

// The words of each sentence in random order; the blanks between them stay
// where they are. A word is what has no blank (space, tab, CR, LF) in it, so
// text without blanks does not change. Same size, same bytes in all; the same
// for the same seed, on every machine. O(n).
std::vector<uint8_t> ShuffleWords(std::span<const uint8_t> text, uint64_t seed);

// The sentences in random order, each as it is. Likewise.
std::vector<uint8_t> ShuffleSentences(std::span<const uint8_t> text,
                                      uint64_t seed);

}  // namespace lentil

#endif  // LENTIL_DATA_SHUFFLED_TEXT_H_

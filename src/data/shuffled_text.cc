// SPDX-License-Identifier: Apache-2.0
// Controls of a text: the same words in another order.

#include "data/shuffled_text.h"

#include <utility>

#include "base/split_mix.h"

namespace lentil {
namespace {

using Piece = std::span<const uint8_t>;

bool IsBlank(uint8_t byte) {
  return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

bool EndsSentence(uint8_t byte) {
  return byte == '.' || byte == '!' || byte == '?';
}

// Fisher-Yates (Knuth, volume 2, algorithm P). The remainder favours small
// numbers by less than 2^-32 here.
void Shuffle(std::vector<Piece>* pieces, uint64_t* state) {
  for (size_t n = pieces->size(); n > 1; --n) {
    std::swap((*pieces)[n - 1], (*pieces)[SplitMix64(state) % n]);
  }
}

void Append(Piece piece, std::vector<uint8_t>* out) {
  out->insert(out->end(), piece.begin(), piece.end());
}

// Runs of blanks and of other bytes, in turn; the first is of blanks and may be
// empty.
std::vector<Piece> SplitWords(Piece sentence) {
  std::vector<Piece> runs;
  bool blank = true;
  size_t begin = 0;
  for (size_t i = 0; i < sentence.size(); ++i) {
    if (IsBlank(sentence[i]) == blank) continue;
    runs.push_back(sentence.subspan(begin, i - begin));
    begin = i;
    blank = !blank;
  }
  runs.push_back(sentence.subspan(begin));
  return runs;
}

void AppendShuffled(Piece sentence, uint64_t* state,
                    std::vector<uint8_t>* out) {
  const std::vector<Piece> runs = SplitWords(sentence);
  std::vector<Piece> words;
  for (size_t i = 1; i < runs.size(); i += 2) words.push_back(runs[i]);
  Shuffle(&words, state);
  for (size_t i = 0; i < runs.size(); ++i) {
    Append(i % 2 == 0 ? runs[i] : words[i / 2], out);
  }
}

}  // namespace

std::vector<Piece> SplitSentences(Piece text) {
  std::vector<Piece> sentences;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    bool ends = text[i] == '\n';
    if (EndsSentence(text[i]) && i + 1 < text.size() && IsBlank(text[i + 1])) {
      while (i + 1 < text.size() && text[i] != '\n' && IsBlank(text[i + 1])) {
        ++i;
      }
      ends = true;
    }
    if (!ends) continue;
    sentences.push_back(text.subspan(begin, i + 1 - begin));
    begin = i + 1;
  }
  if (begin < text.size()) sentences.push_back(text.subspan(begin));
  return sentences;
}

std::vector<uint8_t> ShuffleWords(Piece text, uint64_t seed) {
  std::vector<uint8_t> out;
  out.reserve(text.size());
  for (const Piece sentence : SplitSentences(text)) {
    AppendShuffled(sentence, &seed, &out);
  }
  return out;
}

std::vector<uint8_t> ShuffleSentences(Piece text, uint64_t seed) {
  std::vector<Piece> sentences = SplitSentences(text);
  Shuffle(&sentences, &seed);
  std::vector<uint8_t> out;
  out.reserve(text.size());
  for (const Piece sentence : sentences) Append(sentence, &out);
  return out;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Training sequences from weighted sources, and the validation part of each.

#ifndef LENTIL_TRAIN_CORPUS_H_
#define LENTIL_TRAIN_CORPUS_H_

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "train/text_source.h"

namespace lentil {

// The last hundredth of every source, at most kMaxValidation symbols, is held
// out. Symbols are a source's tokens, if it has any, else its bytes.
inline constexpr size_t kMaxValidation = 128 << 10;

// Sequences as a function of (seed, number): a source by weight, then a place.
// Sources shorter than the sequence are passed over.
class Corpus {
 public:
  // Bytes of sources with tokens are let go of.
  // kInvalidArgument if no source is at least `longest` symbols long besides
  // its validation part.
  static Result<Corpus> Create(std::vector<TextSource> sources, size_t longest);

  // Sequence `number` of the run `seed`, `length` ≤ longest symbols, and at
  // most a chunk of any source. `out` is of the sources' kind.
  void TrainingSequence(uint64_t seed, uint64_t number, size_t length,
                        uint8_t* out) const;
  void TrainingSequence(uint64_t seed, uint64_t number, size_t length,
                        uint32_t* out) const;
  // Sequence i of n of the validation set, spread over sources by weight.
  void ValidationSequence(size_t i, size_t n, size_t length,
                          uint8_t* out) const;
  void ValidationSequence(size_t i, size_t n, size_t length,
                          uint32_t* out) const;

  uint64_t training_symbols() const { return training_symbols_; }
  // Of all sources; 1 without tokens.
  double bytes_per_symbol() const { return bytes_per_symbol_; }

 private:
  struct Part {
    size_t source;
    size_t training;    // symbols [0, training) are trained on
    double cumulative;  // of weights, in (0, 1]
  };
  struct Place {
    const TextSource& source;
    size_t start;
  };
  const Part& PartAt(double share) const;
  // One of the places in [begin, end) of a source, for a random number.
  static Place Draw(const TextSource& source, size_t begin, size_t end,
                    size_t length, uint64_t random);
  Place TrainingPlace(uint64_t seed, uint64_t number, size_t length) const;
  Place ValidationPlace(size_t i, size_t n, size_t length) const;

  std::vector<TextSource> sources_;
  std::vector<Part> parts_;
  uint64_t training_symbols_ = 0;
  double bytes_per_symbol_ = 1;
};

}  // namespace lentil

#endif  // LENTIL_TRAIN_CORPUS_H_

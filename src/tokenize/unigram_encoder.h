// SPDX-License-Identifier: Apache-2.0
// Unigram encoding of one piece: the tokens whose scores sum highest.

#ifndef LENTIL_TOKENIZE_UNIGRAM_ENCODER_H_
#define LENTIL_TOKENIZE_UNIGRAM_ENCODER_H_

#include <cstdint>
#include <vector>

#include "tokenize/piece_encoder.h"
#include "tokenize/token_index.h"

namespace lentil {

class UnigramEncoder : public PieceEncoder {
 public:
  // `index` has the tokens that may be used, and must outlive the encoder;
  // `scores` are finite, one per id. Sums are rounded to float if
  // `single_precision`, as SentencePiece does, where other programs keep
  // double: near ties come out differently.
  UnigramEncoder(const TokenIndex* index, const ByteSymbols& byte_symbols,
                 std::vector<double> scores, double unknown_score,
                 bool single_precision);

  // O(n * longest token).
  void Encode(ByteSpan piece, std::vector<uint32_t>* symbols) const override;

 private:
  const TokenIndex* index_;
  ByteSymbols byte_symbols_;
  std::vector<double> scores_;
  double unknown_score_;  // of a character that is no token
  bool single_precision_;
};

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_UNIGRAM_ENCODER_H_

// SPDX-License-Identifier: Apache-2.0
// Byte pair encoding of one piece: neighbours merge, best rank first, leftmost
// first among equals, until no two can.

#ifndef LENTIL_TOKENIZE_BPE_ENCODER_H_
#define LENTIL_TOKENIZE_BPE_ENCODER_H_

#include <cstdint>
#include <vector>

#include "tokenize/piece_encoder.h"
#include "tokenize/token_index.h"

namespace lentil {

// Tokens `left` and `right`, side by side, become `merged`, whose bytes are
// theirs. Lower ranks go first.
struct Merge {
  uint32_t left;
  uint32_t right;
  uint32_t rank;
  uint32_t merged;
};

struct BpeOptions {
  bool starts_from_bytes = true;    // or from characters
  bool takes_whole_pieces = false;  // a piece that is a token stays whole
};

class BpeEncoder : public PieceEncoder {
 public:
  // `index` has the tokens that may be made, and must outlive the encoder. Of
  // merges of the same two tokens the first counts. All ids are below
  // `vocab_size`.
  BpeEncoder(const TokenIndex* index, const ByteSymbols& byte_symbols,
             std::vector<Merge> merges, uint32_t vocab_size,
             BpeOptions options);

  // O(n log n).
  void Encode(ByteSpan piece, std::vector<uint32_t>* symbols) const override;

 private:
  void AppendUnits(ByteSpan piece, std::vector<uint32_t>* units) const;
  const Merge* Find(uint32_t left, uint32_t right) const;

  const TokenIndex* index_;
  ByteSymbols byte_symbols_;
  std::array<uint32_t, 128> ascii_;  // symbols of characters of one byte
  std::vector<Merge> merges_;        // by left, then by right
  std::vector<uint32_t> rows_;       // where each left begins; vocab_size + 1
  BpeOptions options_;
};

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_BPE_ENCODER_H_

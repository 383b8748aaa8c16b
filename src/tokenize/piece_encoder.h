// SPDX-License-Identifier: Apache-2.0
// What tokenizers differ in: the tokens of one piece of text.

#ifndef LENTIL_TOKENIZE_PIECE_ENCODER_H_
#define LENTIL_TOKENIZE_PIECE_ENCODER_H_

#include <array>
#include <cstdint>
#include <vector>

#include "tokenize/utf8.h"

namespace lentil {

inline constexpr size_t kMaxPiece = 1u << 20;  // bytes

// The symbol of each byte by itself: a token, or the byte escaped.
using ByteSymbols = std::array<uint32_t, 256>;

class PieceEncoder {
 public:
  virtual ~PieceEncoder() = default;

  // Appends symbols whose bytes, one behind the other, are those of `piece`:
  // from 1 to kMaxPiece of them. Thread-safe.
  virtual void Encode(ByteSpan piece, std::vector<uint32_t>* symbols) const = 0;
};

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_PIECE_ENCODER_H_

// SPDX-License-Identifier: Apache-2.0
// Anything that codes a piece of bytes by itself and restores it.

#ifndef LENTIL_BENCH_PIECE_CODER_H_
#define LENTIL_BENCH_PIECE_CODER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"

namespace lentil {

// What the bytes of a piece are, for coders that ask.
struct PieceForm {
  uint32_t columns = 64;  // of gray pixels in a row
  int sample_bits = 8;    // 8: unsigned; 16: signed, little-endian, even sizes
};

// One thread at a time.
class PieceCoder {
 public:
  virtual ~PieceCoder() = default;

  // `*code` ← the piece.
  virtual Status Encode(std::span<const uint8_t> piece,
                        std::vector<uint8_t>* code) = 0;
  // Fills `piece`, which has the size of the one that was coded. kCorrupt if
  // the code is not of that many bytes.
  virtual Status Decode(std::span<const uint8_t> code,
                        std::span<uint8_t> piece) = 0;
};

// Makes one for each thread.
using MakePieceCoder = std::function<Result<std::unique_ptr<PieceCoder>>()>;

}  // namespace lentil

#endif  // LENTIL_BENCH_PIECE_CODER_H_

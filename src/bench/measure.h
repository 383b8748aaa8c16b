// SPDX-License-Identifier: Apache-2.0
// Compressed sizes one can trust: coded, decoded, compared.

#ifndef LENTIL_BENCH_MEASURE_H_
#define LENTIL_BENCH_MEASURE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "bench/piece_coder.h"

namespace lentil {

struct PieceSize {
  uint64_t bytes = 0;
  uint64_t code_bytes = 0;
};

struct Measurement {
  std::vector<PieceSize> pieces;  // in order
  double encode_seconds = 0;      // of all threads together
  double decode_seconds = 0;
};

// Codes each piece by itself, restores it, compares. kVerifyFailed if one comes
// back as other bytes. Memory: a piece and its code for each thread.
Result<Measurement> MeasurePieces(
    const MakePieceCoder& make,
    std::span<const std::span<const uint8_t>> pieces, int threads);

// `bytes` cut into pieces; the last may be shorter.
std::vector<std::span<const uint8_t>> Cut(std::span<const uint8_t> bytes,
                                          size_t piece_bytes);

PieceSize Sum(std::span<const PieceSize> pieces);

// Bytes of the code of one sample that is zero: what "Language Modeling Is
// Compression" takes for the header.
Result<uint64_t> HeaderBytes(const MakePieceCoder& make, int sample_bits);

// Half the width of the 95 % confidence interval of Σ code bits ÷ Σ bytes, with
// pieces as a random sample. With rate R, code c_i and bytes b_i of n pieces:
//   1.96 · √(n ÷ (n − 1) · Σ (c_i − R b_i)²) ÷ Σ b_i
// (the ratio estimator; with equal pieces, 1.96 s ÷ √n). 0 if n < 2.
double HalfInterval95(std::span<const PieceSize> pieces);

}  // namespace lentil

#endif  // LENTIL_BENCH_MEASURE_H_

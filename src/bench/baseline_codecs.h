// SPDX-License-Identifier: Apache-2.0
// The two directions of each baseline; one file for each kind of library.

#ifndef LENTIL_BENCH_BASELINE_CODECS_H_
#define LENTIL_BENCH_BASELINE_CODECS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "bench/piece_coder.h"

namespace lentil {

using Piece = std::span<const uint8_t>;
using Restored = std::span<uint8_t>;
using PieceCode = std::vector<uint8_t>;

Status EncodeGzip(Piece piece, const PieceForm& form, PieceCode* code);
Status DecodeGzip(Piece code, const PieceForm& form, Restored piece);
Status EncodeXz(Piece piece, const PieceForm& form, PieceCode* code);
Status DecodeXz(Piece code, const PieceForm& form, Restored piece);
Status EncodeZstd(Piece piece, const PieceForm& form, PieceCode* code);
Status DecodeZstd(Piece code, const PieceForm& form, Restored piece);
Status EncodeBrotli(Piece piece, const PieceForm& form, PieceCode* code);
Status DecodeBrotli(Piece code, const PieceForm& form, Restored piece);

// Bytes as 8-bit gray pixels in rows of form.columns.
Status EncodePng(Piece piece, const PieceForm& form, PieceCode* code);
Status DecodePng(Piece code, const PieceForm& form, Restored piece);
// Strips of at most 16383 rows, each behind its size in four bytes if there are
// several.
Status EncodeWebp(Piece piece, const PieceForm& form, PieceCode* code);
Status DecodeWebp(Piece code, const PieceForm& form, Restored piece);
Status EncodeJxl(Piece piece, const PieceForm& form, PieceCode* code);
Status DecodeJxl(Piece code, const PieceForm& form, Restored piece);

// Bytes as one channel of samples at 16 kHz, form.sample_bits each.
Status EncodeFlac(Piece piece, const PieceForm& form, PieceCode* code);
Status DecodeFlac(Piece code, const PieceForm& form, Restored piece);

// A baseline's own words for what went wrong.
inline Status EncoderFailed() {
  return Status(Code::kInternal, "the encoder failed");
}
inline Status DecoderFailed() {
  return Status(Code::kCorrupt, "the decoder failed");
}

}  // namespace lentil

#endif  // LENTIL_BENCH_BASELINE_CODECS_H_

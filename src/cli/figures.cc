// SPDX-License-Identifier: Apache-2.0
// Rates made of scores.

#include "cli/figures.h"

#include "cli/text.h"

namespace lentil {
namespace {

constexpr double kFloat16Bytes = 2;

}  // namespace

Figures::Figures(const Score& score, const Subject& subject)
    : bits(BitsPerByte(score.compressed_bytes, score.bytes)),
      half_interval(HalfInterval95(score.pieces)),
      rate(bits / 8),
      adjusted(rate + static_cast<double>(subject.bytes) / kAdjustedOver),
      adjusted_float16(rate + kFloat16Bytes *
                                  static_cast<double>(subject.weights) /
                                  kAdjustedOver),
      one_header(BitsPerByte(BytesWithOneHeader(score), score.bytes) / 8) {}

Score Total(const std::vector<EvalRow>& rows) {
  Score total;
  for (const EvalRow& row : rows) {
    const Score& score = row.score;
    total.bytes += score.bytes;
    total.compressed_bytes += score.compressed_bytes;
    total.frames += score.frames;
    total.model_frames += score.model_frames;
    total.encode_seconds += score.encode_seconds;
    total.decode_seconds += score.decode_seconds;
    total.header_bytes = score.header_bytes;
    total.pieces.insert(total.pieces.end(), score.pieces.begin(),
                        score.pieces.end());
  }
  return total;
}

}  // namespace lentil

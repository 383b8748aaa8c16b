// SPDX-License-Identifier: Apache-2.0
// What coding some bytes took, by lentil or by a baseline.

#ifndef LENTIL_CLI_SCORE_H_
#define LENTIL_CLI_SCORE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "bench/measure.h"
#include "cli/subject.h"

namespace lentil {

// What "Language Modeling Is Compression" would say, which gives its models 7
// bits of a byte: compressed ÷ source by its code and by its text.
struct PaperRates {
  double by_code = 0;
  double by_text = 0;
};

// Sums of files add up member by member.
struct Score {
  uint64_t bytes = 0;
  uint64_t compressed_bytes = 0;
  double encode_seconds = 0;  // of all threads together for pieces
  double decode_seconds = 0;
  uint64_t frames = 0;        // of a whole file
  uint64_t model_frames = 0;  // of them coded with the model: where zstd is
                              // smaller, or nothing is, it is not used
  uint64_t header_bytes = 0;  // of a piece, as far as the paper would not count
                              // it for each of several
  std::vector<PieceSize> pieces;
  std::optional<PaperRates> paper;
  // Mean code length by position in a piece, in bits; empty if not asked for.
  std::vector<double> position_bits;
};

// With the header of one piece instead of all.
uint64_t BytesWithOneHeader(const Score& score);

// What is coded: bytes of some form.
struct ScoreInput {
  std::span<const uint8_t> bytes;
  PieceForm form;
  uint64_t chunk = 0;  // 0 = one piece; the last may be shorter
};

// Every piece decoded and compared; kVerifyFailed if one differs. lentil's
// whole files are the container that `compress` writes, its pieces what
// `subject` says. Memory: twice the source and the code.
Result<Score> ScoreSubject(const Subject& subject, const ScoreInput& input);

// Mean code length of a model's predictions by position in a piece; its
// records cost their sum.
std::vector<double> PositionBits(const std::shared_ptr<const Model>& model,
                                 const ScoreInput& input, int threads);

}  // namespace lentil

#endif  // LENTIL_CLI_SCORE_H_

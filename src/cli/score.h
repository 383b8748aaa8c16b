// SPDX-License-Identifier: Apache-2.0
// Compressed sizes one can trust: coded, decoded, compared.

#ifndef LENTIL_CLI_SCORE_H_
#define LENTIL_CLI_SCORE_H_

#include <cstdint>
#include <span>

#include "base/status.h"
#include "cli/flags.h"

namespace lentil {

// What coding some bytes took. Sums of files add up member by member.
struct Score {
  uint64_t bytes = 0;
  uint64_t compressed_bytes = 0;
  double encode_seconds = 0;  // of all threads together for pieces
  double decode_seconds = 0;
  uint64_t frames = 0;        // of a whole file
  uint64_t model_frames = 0;  // of them coded with the model: where zstd is
                              // smaller, or nothing is, it is not used
};

// The size of the container that `compress` with these flags writes, decoded
// and compared. kVerifyFailed if it differs. Memory: twice the source and the
// code.
Result<Score> ScoreWhole(const Flags& flags, std::span<const uint8_t> source);

// The sum of independent records of flags.chunk bytes (the last may be
// shorter), without stored lengths or checksums, each decoded and compared.
Result<Score> ScorePieces(const Flags& flags, std::span<const uint8_t> source);

}  // namespace lentil

#endif  // LENTIL_CLI_SCORE_H_

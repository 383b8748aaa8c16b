// SPDX-License-Identifier: Apache-2.0
// Sound as 16-bit samples: WAV (PCM) and FLAC.

#ifndef LENTIL_DATA_MEDIA_PCM_H_
#define LENTIL_DATA_MEDIA_PCM_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"

namespace lentil {

// Most samples of all channels together that are read of a WAV, of the first
// channel of a FLAC.
inline constexpr uint64_t kMaxSamples = uint64_t{1} << 28;

// Hears samples of the first channel, for data sets are of one, in pieces of at
// most 2^16. An error ends the reading and is returned.
using TakeSamples = std::function<Status(std::span<const int16_t>)>;

// Reads a whole file, by its first bytes, and returns its samples a second.
// Memory: a few pieces. kUnsupported if it is neither WAV nor FLAC or its
// samples have not 16 bits, kCorrupt if it is damaged (of a FLAC the end may be
// what tells: then all samples have been heard), kResourceLimit beyond
// kMaxSamples.
Result<uint32_t> ReadPcm(std::span<const uint8_t> file,
                         const TakeSamples& take);

// Appends samples as unsigned bytes: the high byte plus 128, as "Language
// Modeling Is Compression" prepares LibriSpeech.
void AppendAs8Bit(std::span<const int16_t> samples, std::vector<uint8_t>* out);

// Appends samples as they are, little-endian.
void AppendAs16Bit(std::span<const int16_t> samples, std::vector<uint8_t>* out);

}  // namespace lentil

#endif  // LENTIL_DATA_MEDIA_PCM_H_

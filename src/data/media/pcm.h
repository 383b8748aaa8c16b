// SPDX-License-Identifier: Apache-2.0
// Sound as 16-bit samples: WAV (PCM) and FLAC.

#ifndef LENTIL_DATA_MEDIA_PCM_H_
#define LENTIL_DATA_MEDIA_PCM_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace lentil {

// The first channel: data sets are of one.
struct Pcm {
  uint32_t rate = 0;  // samples a second
  std::vector<int16_t> samples;
};

// Most samples of all channels together that are read.
inline constexpr uint64_t kMaxSamples = uint64_t{1} << 28;

// A whole file, by its first bytes. kUnsupported if it is neither or its
// samples have not 16 bits, kCorrupt if it is damaged, kResourceLimit beyond
// kMaxSamples.
Result<Pcm> ReadPcm(std::span<const uint8_t> file);

// Appends samples as unsigned bytes: the high byte plus 128, as "Language
// Modeling Is Compression" prepares LibriSpeech.
void AppendAs8Bit(const Pcm& pcm, std::vector<uint8_t>* out);

// Appends samples as they are, little-endian.
void AppendAs16Bit(const Pcm& pcm, std::vector<uint8_t>* out);

}  // namespace lentil

#endif  // LENTIL_DATA_MEDIA_PCM_H_

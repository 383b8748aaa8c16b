// SPDX-License-Identifier: Apache-2.0
// FLAC through libFLAC.

#ifndef LENTIL_DATA_MEDIA_FLAC_PCM_H_
#define LENTIL_DATA_MEDIA_FLAC_PCM_H_

#include <span>

#include "data/media/pcm.h"

namespace lentil {

// As ReadPcm.
Result<uint32_t> ReadFlac(std::span<const uint8_t> file,
                          const TakeSamples& take);

inline Status TooManySamples() {
  return Status(Code::kResourceLimit, "more than 2^28 samples");
}

}  // namespace lentil

#endif  // LENTIL_DATA_MEDIA_FLAC_PCM_H_

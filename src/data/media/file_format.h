// SPDX-License-Identifier: Apache-2.0
// Names of the formats of pictures and sound, for messages about those that are
// not read.

#ifndef LENTIL_DATA_MEDIA_FILE_FORMAT_H_
#define LENTIL_DATA_MEDIA_FILE_FORMAT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace lentil {

// "JPEG" or the like by a file's first bytes, "" if they are not known.
std::string_view NameOfFormat(std::span<const uint8_t> file);

// kUnsupported: what the file is, what is taken, and that it may be converted.
// Without a name of its own: "neither PNG nor …", as `taken` says after
// "takes".
Status NotTaken(std::string_view what, std::string_view taken);

// What messages say is taken.
inline constexpr std::string_view kImagesTaken =
    "gray takes PNG, and PGM and PPM in their binary forms (P5, P6)";
inline constexpr std::string_view kSoundTaken =
    "audio8 and audio16 take WAV and FLAC with 16-bit PCM";

}  // namespace lentil

#endif  // LENTIL_DATA_MEDIA_FILE_FORMAT_H_

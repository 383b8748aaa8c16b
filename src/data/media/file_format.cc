// SPDX-License-Identifier: Apache-2.0

#include "data/media/file_format.h"

#include <algorithm>

namespace lentil {
namespace {

using std::string_view_literals::operator""sv;

struct Format {
  size_t at;  // where `mark` stands
  std::string_view mark;
  std::string_view name;
};

// The first that fits counts.
constexpr Format kFormats[] = {
    {0, "\xff\xd8\xff"sv, "JPEG"},
    {0, "\x89PNG\r\n\x1a\n"sv, "PNG"},
    {0, "GIF8"sv, "GIF"},
    {0, "BM"sv, "BMP"},
    {0, "II*\0"sv, "TIFF"},
    {0, "MM\0*"sv, "TIFF"},
    {0, "qoif"sv, "QOI"},
    {0, "\xff\x0a"sv, "JPEG XL"},
    {0, "\0\0\0\x0cJXL "sv, "JPEG XL"},
    {4, "ftypavif"sv, "AVIF"},
    {4, "ftyphei"sv, "HEIF"},
    {8, "WEBP"sv, "WebP"},
    {0, "P1"sv, "PBM"},
    {0, "P2"sv, "PGM as text (P2)"},
    {0, "P3"sv, "PPM as text (P3)"},
    {0, "P4"sv, "PBM"},
    {0, "P7"sv, "PAM"},
    {0, "P5"sv, "PGM"},
    {0, "P6"sv, "PPM"},
    {0, "fLaC"sv, "FLAC"},
    {8, "WAVE"sv, "WAV"},
    {0, "OggS"sv, "Ogg"},
    {0, "ID3"sv, "MP3"},
    {0, "\xff\xfb"sv, "MP3"},
    {0, "\xff\xf3"sv, "MP3"},
    {8, "AIFF"sv, "AIFF"},
    {8, "AIFC"sv, "AIFF"},
    {4, "ftyp"sv, "MP4"},
    {0, ".snd"sv, "AU"},
    {0, "caff"sv, "CAF"},
};

}  // namespace

std::string_view NameOfFormat(std::span<const uint8_t> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()),
                              file.size());
  if (text.starts_with("RF64") || text.starts_with("RIFX")) {
    return text.starts_with("RF64") ? "WAV of 64-bit sizes (RF64)"
                                    : "big-endian WAV (RIFX)";
  }
  const auto* found =
      std::ranges::find_if(kFormats, [text](const Format& format) {
        return text.size() > format.at &&
               text.substr(format.at).starts_with(format.mark);
      });
  return found == std::end(kFormats) ? "" : found->name;
}

Status NotTaken(std::string_view what, std::string_view taken) {
  return Status(
      Code::kUnsupported,
      (what.empty() ? "is of an unknown format" : "is " + std::string(what)) +
          "; " + std::string(taken) + ": convert it to one of them");
}

}  // namespace lentil

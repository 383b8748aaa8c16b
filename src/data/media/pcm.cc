// SPDX-License-Identifier: Apache-2.0
// WAV, and samples as bytes.

#include "data/media/pcm.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/endian.h"
#include "data/media/file_format.h"
#include "data/media/flac_pcm.h"

namespace lentil {
namespace {

constexpr uint16_t kFormatPcm = 1;
constexpr uint16_t kFormatExtensible = 0xFFFE;
constexpr size_t kPiece = 1 << 16;  // samples heard at once

bool HasTag(std::span<const uint8_t> file, size_t at, std::string_view tag) {
  return file.size() >= at + tag.size() &&
         std::memcmp(file.data() + at, tag.data(), tag.size()) == 0;
}

// What chunk "fmt " says.
struct WavFormat {
  uint16_t channels = 0;
  uint32_t rate = 0;
};

// "24-bit PCM", for messages.
std::string NameOfSamples(uint16_t format, uint16_t bits) {
  constexpr std::pair<uint16_t, const char*> kNames[] = {
      {kFormatPcm, "PCM"}, {3, "float"},    {6, "A-law"},   {7, "mu-law"},
      {2, "ADPCM"},        {0x11, "ADPCM"}, {0x50, "MPEG"}, {0x55, "MP3"},
  };
  for (const auto& [number, name] : kNames) {
    if (format == number) return std::to_string(bits) + "-bit " + name;
  }
  return "the unknown format " + std::to_string(format);
}

Result<WavFormat> ReadFormat(std::span<const uint8_t> chunk) {
  if (chunk.size() < 16) return Status(Code::kCorrupt, "damaged WAV format");
  uint16_t format = LoadLe<uint16_t>(chunk.data());
  if (format == kFormatExtensible && chunk.size() >= 26) {
    format = LoadLe<uint16_t>(chunk.data() + 24);
  }
  const auto bits = LoadLe<uint16_t>(chunk.data() + 14);
  if (format != kFormatPcm || bits != 16) {
    return NotTaken("WAV of " + NameOfSamples(format, bits), kSoundTaken);
  }
  const WavFormat found = {LoadLe<uint16_t>(chunk.data() + 2),
                           LoadLe<uint32_t>(chunk.data() + 4)};
  if (found.channels == 0) return Status(Code::kCorrupt, "WAV of no channel");
  return found;
}

// Whether a chunk of a kind that programs write stands here.
bool IsKnownChunk(std::span<const uint8_t> file, size_t at) {
  constexpr std::string_view kKnown[] = {
      "fmt ", "data", "LIST", "fact", "cue ", "JUNK", "junk", "bext", "PEAK",
      "smpl", "inst", "id3 ", "ID3 ", "plst", "PAD ", "iXML", "cart", "_PMX",
      "minf", "elm1", "regn", "umid", "DISP", "FLLR", "slnt", "wavl", "acid"};
  return std::ranges::any_of(
      kKnown, [&](std::string_view tag) { return HasTag(file, at, tag); });
}

// Where the chunk behind one of `size` bytes begins: at an even place, but some
// programs leave out the byte that would pad an odd size.
size_t NextChunk(std::span<const uint8_t> file, size_t at, size_t size) {
  const size_t end = at + 8 + size;
  if (size % 2 == 0) return end;
  return IsKnownChunk(file, end) && !IsKnownChunk(file, end + 1) ? end
                                                                 : end + 1;
}

Status TakeWavSamples(std::span<const uint8_t> chunk, size_t channels,
                      const TakeSamples& take) {
  if (chunk.size() / 2 > kMaxSamples) return TooManySamples();
  std::vector<int16_t> piece;
  const size_t step = 2 * channels;
  for (size_t i = 0; i + step <= chunk.size(); i += step) {
    piece.push_back(static_cast<int16_t>(LoadLe<uint16_t>(&chunk[i])));
    if (piece.size() < kPiece) continue;
    LENTIL_RETURN_IF_ERROR(take(piece));
    piece.clear();
  }
  return piece.empty() ? Status() : take(piece);
}

// A data chunk that claims more than there is, as streams do, ends with the
// file.
Result<uint32_t> ReadWav(std::span<const uint8_t> file,
                         const TakeSamples& take) {
  WavFormat format;
  for (size_t at = 12; at + 8 <= file.size();) {
    const size_t claimed = LoadLe<uint32_t>(file.data() + at + 4);
    const size_t size = std::min(claimed, file.size() - at - 8);
    const std::span<const uint8_t> chunk = file.subspan(at + 8, size);
    if (HasTag(file, at, "fmt ")) {
      LENTIL_ASSIGN_OR_RETURN(format, ReadFormat(chunk));
    } else if (HasTag(file, at, "data")) {
      if (format.channels == 0) break;
      LENTIL_RETURN_IF_ERROR(TakeWavSamples(chunk, format.channels, take));
      return format.rate;
    }
    at = NextChunk(file, at, size);
  }
  return Status(Code::kCorrupt, "WAV without format or samples");
}

}  // namespace

Result<uint32_t> ReadPcm(std::span<const uint8_t> file,
                         const TakeSamples& take) {
  if (HasTag(file, 0, "RIFF") && HasTag(file, 8, "WAVE")) {
    return ReadWav(file, take);
  }
  if (HasTag(file, 0, "fLaC")) return ReadFlac(file, take);
  return NotTaken(NameOfFormat(file), kSoundTaken);
}

void AppendAs8Bit(std::span<const int16_t> samples, std::vector<uint8_t>* out) {
  for (const int16_t sample : samples) {
    out->push_back(static_cast<uint8_t>((sample >> 8) + 128));
  }
}

void AppendAs16Bit(std::span<const int16_t> samples,
                   std::vector<uint8_t>* out) {
  for (const int16_t sample : samples) {
    AppendLe(static_cast<uint16_t>(sample), out);
  }
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// WAV, and samples as bytes.

#include "data/media/pcm.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/endian.h"
#include "data/media/flac_pcm.h"

namespace lentil {
namespace {

constexpr uint16_t kFormatPcm = 1;
constexpr uint16_t kFormatExtensible = 0xFFFE;

bool HasTag(std::span<const uint8_t> file, size_t at, std::string_view tag) {
  return file.size() >= at + tag.size() &&
         std::memcmp(file.data() + at, tag.data(), tag.size()) == 0;
}

// What chunk "fmt " says.
struct WavFormat {
  uint16_t channels = 0;
  uint32_t rate = 0;
};

Result<WavFormat> ReadFormat(std::span<const uint8_t> chunk) {
  if (chunk.size() < 16) return Status(Code::kCorrupt, "damaged WAV format");
  uint16_t format = LoadLe<uint16_t>(chunk.data());
  if (format == kFormatExtensible && chunk.size() >= 26) {
    format = LoadLe<uint16_t>(chunk.data() + 24);
  }
  const auto bits = LoadLe<uint16_t>(chunk.data() + 14);
  if (format != kFormatPcm || bits != 16) {
    return Status(Code::kUnsupported, "WAV, but not of 16-bit PCM");
  }
  const WavFormat found = {LoadLe<uint16_t>(chunk.data() + 2),
                           LoadLe<uint32_t>(chunk.data() + 4)};
  if (found.channels == 0) return Status(Code::kCorrupt, "WAV of no channel");
  return found;
}

// A data chunk that claims more than there is, as streams do, ends with the
// file.
Result<Pcm> ReadWav(std::span<const uint8_t> file) {
  WavFormat format;
  for (size_t at = 12; at + 8 <= file.size();) {
    const size_t claimed = LoadLe<uint32_t>(file.data() + at + 4);
    const size_t size = std::min(claimed, file.size() - at - 8);
    const std::span<const uint8_t> chunk = file.subspan(at + 8, size);
    if (HasTag(file, at, "fmt ")) {
      LENTIL_ASSIGN_OR_RETURN(format, ReadFormat(chunk));
    } else if (HasTag(file, at, "data")) {
      if (format.channels == 0) break;
      if (size / 2 > kMaxSamples) return TooManySamples();
      Pcm pcm = {format.rate, {}};
      const size_t step = size_t{2} * format.channels;
      for (size_t i = 0; i + step <= size; i += step) {
        pcm.samples.push_back(
            static_cast<int16_t>(LoadLe<uint16_t>(chunk.data() + i)));
      }
      return pcm;
    }
    at += 8 + size + size % 2;
  }
  return Status(Code::kCorrupt, "WAV without format or samples");
}

}  // namespace

Result<Pcm> ReadPcm(std::span<const uint8_t> file) {
  if (HasTag(file, 0, "RIFF") && HasTag(file, 8, "WAVE")) return ReadWav(file);
  if (HasTag(file, 0, "fLaC")) return ReadFlac(file);
  return Status(Code::kUnsupported, "neither WAV nor FLAC");
}

void AppendAs8Bit(const Pcm& pcm, std::vector<uint8_t>* out) {
  for (const int16_t sample : pcm.samples) {
    out->push_back(static_cast<uint8_t>((sample >> 8) + 128));
  }
}

void AppendAs16Bit(const Pcm& pcm, std::vector<uint8_t>* out) {
  for (const int16_t sample : pcm.samples) {
    AppendLe(static_cast<uint16_t>(sample), out);
  }
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Files cut into chunks.

#include "data/media/data_set.h"

#include <algorithm>
#include <random>
#include <string>

#include "data/media/gray_image.h"
#include "data/media/pcm.h"

namespace lentil {
namespace {

constexpr std::string_view kNames[] = {"text", "gray", "audio8", "audio16",
                                       "random"};

Status AppendGray(std::span<const uint8_t> file, size_t chunk,
                  std::vector<uint8_t>* out) {
  if (chunk == 0 || chunk % kPatchColumns != 0) {
    return Status(Code::kInvalidArgument,
                  "a patch is a whole number of rows of " +
                      std::to_string(kPatchColumns) + " bytes");
  }
  LENTIL_ASSIGN_OR_RETURN(const GrayImage image, ReadGrayImage(file));
  AppendPatches(image, static_cast<uint32_t>(chunk / kPatchColumns),
                kPatchColumns, out);
  return Status();
}

Status AppendAudio(SetKind kind, std::span<const uint8_t> file,
                   std::vector<uint8_t>* out) {
  LENTIL_ASSIGN_OR_RETURN(const Pcm pcm, ReadPcm(file));
  if (kind == SetKind::kAudio8) {
    AppendAs8Bit(pcm, out);
  } else {
    AppendAs16Bit(pcm, out);
  }
  return Status();
}

}  // namespace

std::optional<SetKind> SetKindOf(std::string_view name) {
  const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<SetKind>(found - std::begin(kNames));
}

std::string_view NameOf(SetKind kind) {
  return kNames[static_cast<size_t>(kind)];
}

bool EndsAsSet(SetKind kind, std::string_view name) {
  const auto ends = [name](std::string_view suffix) {
    return name.ends_with(suffix);
  };
  switch (kind) {
    case SetKind::kGray:
      return ends(".png") || ends(".pgm") || ends(".ppm") || ends(".pnm");
    case SetKind::kAudio8:
    case SetKind::kAudio16:
      return ends(".wav") || ends(".flac");
    default:
      return true;
  }
}

size_t UnitOf(SetKind kind) {
  if (kind == SetKind::kGray) return kPatchColumns;
  return kind == SetKind::kAudio16 ? 2 : 1;
}

Status AppendChunks(SetKind kind, std::span<const uint8_t> file, size_t chunk,
                    std::vector<uint8_t>* out) {
  const size_t start = out->size();
  switch (kind) {
    case SetKind::kRandom:
      return Status(Code::kInvalidArgument, "noise comes from no file");
    case SetKind::kGray:
      LENTIL_RETURN_IF_ERROR(AppendGray(file, chunk, out));
      break;
    case SetKind::kAudio8:
    case SetKind::kAudio16:
      if (chunk % 2 != 0) {
        return Status(Code::kInvalidArgument, "a chunk ends inside a sample");
      }
      LENTIL_RETURN_IF_ERROR(AppendAudio(kind, file, out));
      break;
    case SetKind::kText:
      out->insert(out->end(), file.begin(), file.end());
      break;
  }
  out->resize(start + (out->size() - start) / chunk * chunk);
  return Status();
}

std::vector<uint8_t> RandomChunks(size_t count, size_t chunk, uint64_t seed) {
  std::mt19937_64 random(seed);  // the standard says which numbers
  std::vector<uint8_t> bytes(count * chunk);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() >> 56);
  return bytes;
}

std::vector<uint8_t> SampleChunks(std::vector<uint8_t> bytes, size_t chunk,
                                  size_t limit, uint64_t seed) {
  const size_t count = bytes.size() / chunk;
  if (count <= limit) return bytes;
  std::mt19937_64 random(seed);
  for (size_t i = 0; i < limit; ++i) {
    const size_t first = i * count / limit;
    const size_t end = (i + 1) * count / limit;
    const size_t chosen = first + random() % (end - first);
    // Never behind what is yet to be chosen: i ≤ chosen.
    std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(chosen * chunk), chunk,
                bytes.begin() + static_cast<ptrdiff_t>(i * chunk));
  }
  bytes.resize(limit * chunk);
  bytes.shrink_to_fit();
  return bytes;
}

uint64_t MaskForPaper(SetKind kind, std::span<uint8_t> bytes) {
  uint64_t missing = 0;
  for (uint8_t& byte : bytes) {
    if (kind != SetKind::kText) {
      byte >>= 1;
      ++missing;
    } else if (byte >= 128) {
      byte &= 127;
      ++missing;
    }
  }
  return missing;
}

double PaperCodeRate(uint64_t code_bytes, uint64_t bytes, uint64_t missing) {
  const double bits = 8 * static_cast<double>(bytes);
  return 8 * static_cast<double>(code_bytes) /
         (bits - static_cast<double>(missing));
}

double PaperTextRate(uint64_t code_bytes, uint64_t bytes, uint64_t missing) {
  const double bits = 8 * static_cast<double>(bytes);
  return (8 * static_cast<double>(code_bytes) + static_cast<double>(missing)) /
         bits;
}

}  // namespace lentil

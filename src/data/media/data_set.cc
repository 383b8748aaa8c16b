// SPDX-License-Identifier: Apache-2.0
// Files cut into chunks.

#include "data/media/data_set.h"

#include <algorithm>
#include <random>
#include <string>

#include "data/media/file_format.h"
#include "data/media/gray_image.h"
#include "data/media/pcm.h"

namespace lentil {
namespace {

constexpr std::string_view kNames[] = {"text", "gray", "audio8", "audio16",
                                       "random"};

Status TakeGray(std::span<const uint8_t> file, size_t chunk,
                const TakeBytes& take) {
  if (chunk == 0 || chunk % kPatchColumns != 0) {
    return Status(Code::kInvalidArgument,
                  "a patch is a whole number of rows of " +
                      std::to_string(kPatchColumns) + " bytes");
  }
  LENTIL_ASSIGN_OR_RETURN(const GrayImage image, ReadGrayImage(file));
  return TakePatches(image, static_cast<uint32_t>(chunk / kPatchColumns),
                     kPatchColumns, take);
}

Status TakeAudio(SetKind kind, std::span<const uint8_t> file, size_t chunk,
                 const TakeBytes& take) {
  if (chunk % 2 != 0) {
    return Status(Code::kInvalidArgument, "a chunk ends inside a sample");
  }
  ChunkCutter cutter(chunk, take);
  std::vector<uint8_t> bytes;
  const auto cut = [&](std::span<const int16_t> samples) {
    bytes.clear();
    if (kind == SetKind::kAudio8) {
      AppendAs8Bit(samples, &bytes);
    } else {
      AppendAs16Bit(samples, &bytes);
    }
    return cutter.Add(bytes);
  };
  return ReadPcm(file, cut).status();
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

bool IsPackedMedia(std::span<const uint8_t> file) {
  const std::string_view format = NameOfFormat(file);
  return format == "PNG" || format == "FLAC";
}

size_t UnitOf(SetKind kind) {
  if (kind == SetKind::kGray) return kPatchColumns;
  return kind == SetKind::kAudio16 ? 2 : 1;
}

Status ChunkCutter::Add(std::span<const uint8_t> bytes) {
  if (!begun_.empty()) {
    const size_t more = std::min(chunk_ - begun_.size(), bytes.size());
    begun_.insert(begun_.end(), bytes.begin(),
                  bytes.begin() + static_cast<ptrdiff_t>(more));
    bytes = bytes.subspan(more);
    if (begun_.size() < chunk_) return Status();
    LENTIL_RETURN_IF_ERROR(take_(begun_));
    begun_.clear();
  }
  const size_t whole = bytes.size() / chunk_ * chunk_;
  begun_.assign(bytes.begin() + static_cast<ptrdiff_t>(whole), bytes.end());
  return whole == 0 ? Status() : take_(bytes.first(whole));
}

Status TakeChunks(SetKind kind, std::span<const uint8_t> file, size_t chunk,
                  const TakeBytes& take) {
  switch (kind) {
    case SetKind::kRandom:
      break;
    case SetKind::kGray:
      return TakeGray(file, chunk, take);
    case SetKind::kAudio8:
    case SetKind::kAudio16:
      return TakeAudio(kind, file, chunk, take);
    case SetKind::kText:
      return ChunkCutter(chunk, take).Add(file);
  }
  return Status(Code::kInvalidArgument, "noise comes from no file");
}

Status AppendChunks(SetKind kind, std::span<const uint8_t> file, size_t chunk,
                    std::vector<uint8_t>* out) {
  const size_t start = out->size();
  const Status status =
      TakeChunks(kind, file, chunk, [out](std::span<const uint8_t> bytes) {
        out->insert(out->end(), bytes.begin(), bytes.end());
        return Status();
      });
  if (!status.ok()) out->resize(start);
  return status;
}

std::vector<uint8_t> RandomChunks(size_t count, size_t chunk, uint64_t seed) {
  std::mt19937_64 random(seed);  // the standard says which numbers
  std::vector<uint8_t> bytes(count * chunk);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() >> 56);
  return bytes;
}

std::vector<uint64_t> ChooseChunks(uint64_t count, uint64_t limit,
                                   uint64_t seed) {
  std::vector<uint64_t> chosen(std::min(count, limit));
  std::mt19937_64 random(seed);
  for (uint64_t i = 0; i < chosen.size(); ++i) {
    if (count <= limit) {
      chosen[i] = i;
      continue;
    }
    const uint64_t first = i * count / limit;
    const uint64_t end = (i + 1) * count / limit;
    chosen[i] = first + random() % (end - first);
  }
  return chosen;
}

std::vector<uint8_t> SampleChunks(std::vector<uint8_t> bytes, size_t chunk,
                                  size_t limit, uint64_t seed) {
  const size_t count = bytes.size() / chunk;
  if (count <= limit) return bytes;
  size_t i = 0;
  for (const uint64_t chosen : ChooseChunks(count, limit, seed)) {
    // Never behind what is yet to be chosen: i ≤ chosen.
    std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(chosen * chunk), chunk,
                bytes.begin() + static_cast<ptrdiff_t>(i++ * chunk));
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

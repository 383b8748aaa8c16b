// SPDX-License-Identifier: Apache-2.0
// Files cut into chunks as "Language Modeling Is Compression" does.
//
// All of a chunk's 256 symbols are coded: no bits are masked.

#ifndef LENTIL_DATA_MEDIA_DATA_SET_H_
#define LENTIL_DATA_MEDIA_DATA_SET_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "data/media/gray_image.h"

namespace lentil {

enum class SetKind : uint8_t {
  kText,     // bytes as they are
  kGray,     // patches of gray images, in rows of kPatchColumns
  kAudio8,   // samples as unsigned bytes
  kAudio16,  // samples as they are
  kRandom,   // no files: noise
};

inline constexpr size_t kSetChunk = 2048;  // bytes, of the paper
inline constexpr uint32_t kPatchColumns = 64;

// "text", "gray", "audio8", "audio16" or "random".
std::optional<SetKind> SetKindOf(std::string_view name);
std::string_view NameOf(SetKind kind);

// Whether a file of this name would be taken from a folder; text can be
// anything.
bool EndsAsSet(SetKind kind, std::string_view name);

// Whether a picture or sound may give many more bytes than its file has.
bool IsPackedMedia(std::span<const uint8_t> file);

// Bytes that belong together: a row of pixels, a sample.
size_t UnitOf(SetKind kind);

// Passes bytes on in whole chunks; what is left at the end is dropped.
class ChunkCutter {
 public:
  ChunkCutter(size_t chunk, TakeBytes take)
      : chunk_(chunk), take_(std::move(take)) {}

  // Gives `take` one or several chunks, or none yet.
  Status Add(std::span<const uint8_t> bytes);

 private:
  const size_t chunk_;
  const TakeBytes take_;
  std::vector<uint8_t> begun_;
};

// Gives `take` the whole chunks of a file, one or several at a time; what is
// left at its end is dropped, at that of each row of patches, too. Memory: of a
// picture its pixels in gray, of sound some pieces. kInvalidArgument if the
// kind does not know such chunks. If it fails, chunks may have been taken that
// do not count.
Status TakeChunks(SetKind kind, std::span<const uint8_t> file, size_t chunk,
                  const TakeBytes& take);

// Appends them, or none if it fails.
Status AppendChunks(SetKind kind, std::span<const uint8_t> file, size_t chunk,
                    std::vector<uint8_t>* out);

// `count` chunks of noise; the same for the same seed, on every machine.
std::vector<uint8_t> RandomChunks(size_t count, size_t chunk, uint64_t seed);

// Which `limit` of `count` chunks are a sample, rising: one of each of so many
// equal stretches, where the seed says; all if there are no more.
std::vector<uint64_t> ChooseChunks(uint64_t count, uint64_t limit,
                                   uint64_t seed);

// Those of the bytes.
std::vector<uint8_t> SampleChunks(std::vector<uint8_t> bytes, size_t chunk,
                                  size_t limit, uint64_t seed);

// What the paper gives its language models instead of the bytes: 7 bits. In
// text the top bit of bytes that have it is zeroed; of other sets every byte
// loses its lowest bit. Returns how many bits are missing.
uint64_t MaskForPaper(SetKind kind, std::span<uint8_t> bytes);

// The rate that the paper's code prints for a masked code: code bits are scaled
// by all bits ÷ kept bits. (Its text says otherwise: one bit for each missing
// one, so code bits + missing bits.)
double PaperCodeRate(uint64_t code_bytes, uint64_t bytes, uint64_t missing);
double PaperTextRate(uint64_t code_bytes, uint64_t bytes, uint64_t missing);

}  // namespace lentil

#endif  // LENTIL_DATA_MEDIA_DATA_SET_H_

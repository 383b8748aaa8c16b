// SPDX-License-Identifier: Apache-2.0
// Images as gray pixels: PNG, and PGM or PPM in their binary forms.
//
// Gray is (red + green + blue) / 3, rounded down: the mean cast to a byte, as
// "Language Modeling Is Compression" prepares ImageNet. Samples of 16 bits keep
// their high byte, fewer than 8 are spread over 0 … 255, alpha is dropped.

#ifndef LENTIL_DATA_MEDIA_GRAY_IMAGE_H_
#define LENTIL_DATA_MEDIA_GRAY_IMAGE_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"

namespace lentil {

struct GrayImage {
  uint32_t width = 0;
  uint32_t height = 0;
  std::vector<uint8_t> pixels;  // [height, width]
};

// Most pixels that are read.
inline constexpr uint64_t kMaxPixels = uint64_t{1} << 28;

// A whole file, by its first bytes. kUnsupported if it is none of these,
// kCorrupt if it is damaged, kResourceLimit beyond kMaxPixels. Memory: the
// image, and of the file a few rows.
Result<GrayImage> ReadGrayImage(std::span<const uint8_t> file);

// Hears bytes, some behind others. An error ends the reading and is returned.
using TakeBytes = std::function<Status(std::span<const uint8_t>)>;

// Gives `take` every patch of rows × columns that does not overlap another, row
// by row of patches, each row-major; what is left at the right and below is
// dropped.
Status TakePatches(const GrayImage& image, uint32_t rows, uint32_t columns,
                   const TakeBytes& take);

}  // namespace lentil

#endif  // LENTIL_DATA_MEDIA_GRAY_IMAGE_H_

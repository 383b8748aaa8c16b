// SPDX-License-Identifier: Apache-2.0
// PNG through libpng; gray as gray_image.h says.

#ifndef LENTIL_DATA_MEDIA_PNG_IMAGE_H_
#define LENTIL_DATA_MEDIA_PNG_IMAGE_H_

#include <span>

#include "data/media/gray_image.h"

namespace lentil {

bool IsPng(std::span<const uint8_t> file);
Result<GrayImage> ReadGrayPng(std::span<const uint8_t> file);

inline Status TooManyPixels() {
  return Status(Code::kResourceLimit, "more than 2^28 pixels");
}

}  // namespace lentil

#endif  // LENTIL_DATA_MEDIA_PNG_IMAGE_H_

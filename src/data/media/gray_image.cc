// SPDX-License-Identifier: Apache-2.0
// Patches, and the images that need no library.

#include "data/media/gray_image.h"

#include <algorithm>
#include <optional>

#include "data/media/file_format.h"
#include "data/media/png_image.h"

namespace lentil {
namespace {

// What stands before the pixels of a PGM (P5) or PPM (P6).
struct PnmHeader {
  bool colour = false;
  uint64_t width = 0;
  uint64_t height = 0;
  uint64_t most = 0;  // the value of white
  size_t size = 0;    // of the header
};

bool IsBlank(uint8_t byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

// The next number behind blanks and comments.
std::optional<uint64_t> ReadNumber(std::span<const uint8_t> file, size_t* at) {
  while (*at < file.size() && (IsBlank(file[*at]) || file[*at] == '#')) {
    if (file[*at] == '#') {
      while (*at < file.size() && file[*at] != '\n') ++*at;
    } else {
      ++*at;
    }
  }
  const size_t first = *at;
  uint64_t number = 0;
  for (; *at < file.size() && file[*at] >= '0' && file[*at] <= '9'; ++*at) {
    number = number * 10 + (file[*at] - '0');
    if (number > kMaxPixels) return std::nullopt;
  }
  if (*at == first) return std::nullopt;
  return number;
}

std::optional<PnmHeader> ReadPnmHeader(std::span<const uint8_t> file) {
  PnmHeader header;
  header.colour = file[1] == '6';
  size_t at = 2;
  for (uint64_t* field : {&header.width, &header.height, &header.most}) {
    const std::optional<uint64_t> number = ReadNumber(file, &at);
    if (!number || *number == 0) return std::nullopt;
    *field = *number;
  }
  if (header.most > 65535 || at >= file.size() || !IsBlank(file[at])) {
    return std::nullopt;
  }
  header.size = at + 1;  // one blank
  return header;
}

Result<GrayImage> ReadPnm(std::span<const uint8_t> file) {
  const std::optional<PnmHeader> header = ReadPnmHeader(file);
  if (!header) return Status(Code::kCorrupt, "damaged PNM header");
  const uint64_t count = header->width * header->height;
  if (count > kMaxPixels) return TooManyPixels();
  const size_t width = header->most > 255 ? 2 : 1;  // bytes of a sample
  const size_t colours = header->colour ? 3 : 1;
  if (file.size() - header->size < count * colours * width) {
    return Status(Code::kCorrupt, "truncated PNM");
  }
  GrayImage image = {static_cast<uint32_t>(header->width),
                     static_cast<uint32_t>(header->height),
                     std::vector<uint8_t>(count)};
  const uint64_t white = width == 2 ? header->most >> 8 : header->most;
  const uint8_t* in = file.data() + header->size;
  for (uint8_t& pixel : image.pixels) {
    uint32_t sum = 0;
    for (size_t c = 0; c < colours; ++c, in += width) {
      sum += static_cast<uint32_t>(
          white == 255 || white == 0
              ? *in
              : std::min<uint64_t>(255, *in * 255u / white));
    }
    pixel = static_cast<uint8_t>(sum / colours);
  }
  return image;
}

}  // namespace

Result<GrayImage> ReadGrayImage(std::span<const uint8_t> file) {
  if (IsPng(file)) return ReadGrayPng(file);
  if (file.size() > 2 && file[0] == 'P' && (file[1] == '5' || file[1] == '6')) {
    return ReadPnm(file);
  }
  return NotTaken(NameOfFormat(file), kImagesTaken);
}

Status TakePatches(const GrayImage& image, uint32_t rows, uint32_t columns,
                   const TakeBytes& take) {
  std::vector<uint8_t> patch;
  for (size_t top = 0; top + rows <= image.height; top += rows) {
    for (size_t left = 0; left + columns <= image.width; left += columns) {
      patch.clear();
      for (size_t row = top; row < top + rows; ++row) {
        const uint8_t* first = image.pixels.data() + row * image.width + left;
        patch.insert(patch.end(), first, first + columns);
      }
      LENTIL_RETURN_IF_ERROR(take(patch));
    }
  }
  return Status();
}

}  // namespace lentil

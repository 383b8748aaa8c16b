// SPDX-License-Identifier: Apache-2.0
// PNG through libpng.

#include "data/media/png_image.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>

namespace lentil {
namespace {

constexpr size_t kSignature = 8;

void Take(png_structp png, png_bytep bytes, size_t size) {
  auto* rest = static_cast<std::span<const uint8_t>*>(png_get_io_ptr(png));
  if (size > rest->size()) png_error(png, "truncated");
  std::copy_n(rest->data(), size, bytes);
  *rest = rest->subspan(size);
}

void Silent(png_structp /*png*/, png_const_charp /*message*/) {}

[[noreturn]] void Stop(png_structp png, png_const_charp /*message*/) {
  png_longjmp(png, 1);
}

// What a reading knows. It lives outside of the function that setjmp comes back
// to.
struct Reading {
  std::span<const uint8_t> rest;
  GrayImage image;
  std::vector<uint8_t> samples;  // [height, width, colours]
  std::vector<png_bytep> rows;
  bool too_large = false;
};

// All forms become samples of 8 bits, one or three for a pixel.
void Prepare(png_structp png, png_infop info) {
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

bool MakeRoom(png_structp png, png_infop info, Reading* reading) {
  GrayImage& image = reading->image;
  image.width = png_get_image_width(png, info);
  image.height = png_get_image_height(png, info);
  reading->too_large = uint64_t{image.width} * image.height > kMaxPixels;
  if (reading->too_large) return false;
  const size_t row_bytes = png_get_rowbytes(png, info);
  reading->samples.resize(row_bytes * image.height);
  for (size_t row = 0; row < image.height; ++row) {
    reading->rows.push_back(reading->samples.data() + row * row_bytes);
  }
  return true;
}

// Nothing with a destructor may live between setjmp and what libpng calls.
bool Read(Reading* reading) {
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, Stop, Silent);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_read_struct(&png, &info, nullptr);
    return false;
  }
  png_set_read_fn(png, &reading->rest, Take);
  png_read_info(png, info);
  Prepare(png, info);
  const bool ok = MakeRoom(png, info, reading);
  if (ok) png_read_image(png, reading->rows.data());
  png_destroy_read_struct(&png, &info, nullptr);
  return ok;
}

}  // namespace

bool IsPng(std::span<const uint8_t> file) {
  return file.size() >= kSignature &&
         png_sig_cmp(file.data(), 0, kSignature) == 0;
}

Result<GrayImage> ReadGrayPng(std::span<const uint8_t> file) {
  Reading reading;
  reading.rest = file;
  const bool ok = Read(&reading);
  if (reading.too_large) return TooManyPixels();
  if (!ok) return Status(Code::kCorrupt, "damaged PNG");
  GrayImage image = std::move(reading.image);
  const size_t count = size_t{image.width} * image.height;
  if (reading.samples.size() == count) {
    image.pixels = std::move(reading.samples);
    return image;
  }
  image.pixels.reserve(count);
  for (const uint8_t* p = reading.samples.data(); image.pixels.size() < count;
       p += 3) {
    image.pixels.push_back(static_cast<uint8_t>((p[0] + p[1] + p[2]) / 3));
  }
  return image;
}

}  // namespace lentil

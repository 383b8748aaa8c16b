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
  std::vector<uint8_t> row;  // [width, colours]
  int passes = 1;            // 7 if it is interlaced
  bool too_large = false;
};

// All forms become samples of 8 bits, one or three for a pixel. Returns how
// often there are rows.
int Prepare(png_structp png, png_infop info) {
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  return passes;
}

bool MakeRoom(png_structp png, png_infop info, Reading* reading) {
  GrayImage& image = reading->image;
  image.width = png_get_image_width(png, info);
  image.height = png_get_image_height(png, info);
  reading->too_large = uint64_t{image.width} * image.height > kMaxPixels;
  if (reading->too_large) return false;
  image.pixels.resize(size_t{image.width} * image.height);
  reading->row.resize(png_get_rowbytes(png, info));
  return true;
}

// The pixels of a row that a pass of interlacing gives, or all.
void StoreRow(const Reading& reading, int pass, uint32_t y, uint8_t* pixels) {
  const bool is_interlaced = reading.passes > 1;
  if (is_interlaced && !PNG_ROW_IN_INTERLACE_PASS(y, pass)) return;
  const uint32_t width = reading.image.width;
  const uint32_t first = is_interlaced ? PNG_PASS_START_COL(pass) : 0;
  const uint32_t step = is_interlaced ? 1u << PNG_PASS_COL_SHIFT(pass) : 1;
  const bool has_colours = reading.row.size() > width;
  for (uint32_t x = first; x < width; x += step) {
    const uint8_t* p = reading.row.data() + (has_colours ? size_t{3} * x : x);
    pixels[x] =
        has_colours ? static_cast<uint8_t>((p[0] + p[1] + p[2]) / 3) : p[0];
  }
}

// One row is held in colour, not the image.
void ReadRows(png_structp png, Reading* reading) {
  GrayImage& image = reading->image;
  for (int pass = 0; pass < reading->passes; ++pass) {
    for (uint32_t y = 0; y < image.height; ++y) {
      png_read_row(png, reading->row.data(), nullptr);
      StoreRow(*reading, pass, y,
               image.pixels.data() + size_t{y} * image.width);
    }
  }
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
  // Texts and profiles are passed over: each might unpack to megabytes.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(png, info);
  reading->passes = Prepare(png, info);
  const bool ok = MakeRoom(png, info, reading);
  if (ok) ReadRows(png, reading);
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
  return std::move(reading.image);
}

}  // namespace lentil

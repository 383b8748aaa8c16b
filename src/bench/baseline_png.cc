// SPDX-License-Identifier: Apache-2.0
// PNG as a baseline.

#include <png.h>

#include <algorithm>
#include <csetjmp>

#include "bench/baseline_codecs.h"
#include "bench/gray_rows.h"

namespace lentil {
namespace {

void Append(png_structp png, png_bytep bytes, size_t size) {
  auto* code = static_cast<PieceCode*>(png_get_io_ptr(png));
  code->insert(code->end(), bytes, bytes + size);
}

void Flush(png_structp /*png*/) {}

void Take(png_structp png, png_bytep bytes, size_t size) {
  auto* rest = static_cast<Piece*>(png_get_io_ptr(png));
  if (size > rest->size()) png_error(png, "truncated");
  std::copy_n(rest->data(), size, bytes);
  *rest = rest->subspan(size);
}

void Silent(png_structp /*png*/, png_const_charp /*message*/) {}

[[noreturn]] void Stop(png_structp png, png_const_charp /*message*/) {
  png_longjmp(png, 1);
}

// Nothing with a destructor may live between setjmp and what libpng calls.
bool Write(const uint8_t* pixels, const GrayShape& shape, int filters,
           PieceCode* code) {
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, Stop, Silent);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  png_set_write_fn(png, code, Append, Flush);
  png_set_compression_level(png, 9);
  png_set_compression_mem_level(png, 9);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, filters);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, info, shape.columns, shape.rows, 8, PNG_COLOR_TYPE_GRAY,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (size_t row = 0; row < shape.rows; ++row) {
    png_write_row(png, pixels + row * shape.columns);
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return true;
}

bool Read(Piece* code, const GrayShape& shape, uint8_t* pixels) {
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, Stop, Silent);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_read_struct(&png, &info, nullptr);
    return false;
  }
  png_set_read_fn(png, code, Take);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_read_info(png, info);
  if (png_get_image_width(png, info) != shape.columns ||
      png_get_image_height(png, info) != shape.rows ||
      png_get_bit_depth(png, info) != 8 ||
      png_get_color_type(png, info) != PNG_COLOR_TYPE_GRAY) {
    png_error(png, "another shape");
  }
  for (size_t row = 0; row < shape.rows; ++row) {
    png_read_row(png, pixels + row * shape.columns, nullptr);
  }
  png_read_end(png, nullptr);
  png_destroy_read_struct(&png, &info, nullptr);
  return true;
}

}  // namespace

// The filters that libpng chooses row by row, or none: the smaller.
Status EncodePng(Piece piece, const PieceForm& form, PieceCode* code) {
  const GrayShape shape(piece.size(), form.columns);
  const std::vector<uint8_t> pixels = Padded(piece, shape);
  PieceCode plain;
  if (!Write(pixels.data(), shape, PNG_ALL_FILTERS, code) ||
      !Write(pixels.data(), shape, PNG_FILTER_NONE, &plain)) {
    return EncoderFailed();
  }
  if (plain.size() < code->size()) code->swap(plain);
  return Status();
}

Status DecodePng(Piece code, const PieceForm& form, Restored piece) {
  const GrayShape shape(piece.size(), form.columns);
  std::vector<uint8_t> pixels(shape.pixels());
  if (!Read(&code, shape, pixels.data())) return DecoderFailed();
  std::copy_n(pixels.begin(), piece.size(), piece.begin());
  return Status();
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// WebP lossless as a baseline.

#ifdef LENTIL_HAS_WEBP

#include <webp/decode.h>
#include <webp/encode.h>

#include <algorithm>
#include <memory>

#include "base/endian.h"
#include "bench/baseline_codecs.h"
#include "bench/gray_rows.h"

namespace lentil {
namespace {

constexpr int kLevel = 9;
constexpr uint32_t kGray = 0x010101;  // gray has three equal colours
constexpr uint32_t kOpaque = 0xff000000;

size_t StripBytes(const PieceForm& form) {
  return size_t{form.columns} * WEBP_MAX_DIMENSION;
}

bool AppendStrip(Piece strip, uint32_t columns, PieceCode* code) {
  const GrayShape shape(strip.size(), columns);
  const std::vector<uint8_t> pixels = Padded(strip, shape);
  WebPConfig config;
  WebPPicture picture;
  if (!WebPConfigInit(&config) || !WebPPictureInit(&picture) ||
      !WebPConfigLosslessPreset(&config, kLevel)) {
    return false;
  }
  config.exact = 1;
  picture.use_argb = 1;
  picture.width = static_cast<int>(shape.columns);
  picture.height = static_cast<int>(shape.rows);
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  bool ok = WebPPictureAlloc(&picture) != 0;
  if (ok) {
    for (size_t i = 0; i < pixels.size(); ++i) {
      const size_t row = i / shape.columns;
      picture.argb[row * static_cast<size_t>(picture.argb_stride) +
                   i % shape.columns] = kOpaque | pixels[i] * kGray;
    }
    ok = WebPEncode(&config, &picture) != 0;
  }
  if (ok) code->insert(code->end(), writer.mem, writer.mem + writer.size);
  WebPPictureFree(&picture);
  WebPMemoryWriterClear(&writer);
  return ok;
}

bool ReadStrip(Piece code, uint32_t columns, Restored strip) {
  constexpr size_t kColours = 3;
  const GrayShape shape(strip.size(), columns);
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb(shape.pixels() * kColours);
  if (!WebPGetInfo(code.data(), code.size(), &width, &height) ||
      static_cast<uint32_t>(width) != shape.columns ||
      static_cast<uint32_t>(height) != shape.rows ||
      !WebPDecodeRGBInto(code.data(), code.size(), rgb.data(), rgb.size(),
                         static_cast<int>(shape.columns * kColours))) {
    return false;
  }
  for (size_t i = 0; i < strip.size(); ++i) strip[i] = rgb[i * kColours];
  return true;
}

}  // namespace

Status EncodeWebp(Piece piece, const PieceForm& form, PieceCode* code) {
  const size_t strip = StripBytes(form);
  if (piece.size() <= strip) {
    return AppendStrip(piece, form.columns, code) ? Status() : EncoderFailed();
  }
  for (size_t at = 0; at < piece.size(); at += strip) {
    PieceCode part;
    const Piece bytes = piece.subspan(at, std::min(strip, piece.size() - at));
    if (!AppendStrip(bytes, form.columns, &part)) return EncoderFailed();
    AppendLe(static_cast<uint32_t>(part.size()), code);
    code->insert(code->end(), part.begin(), part.end());
  }
  return Status();
}

Status DecodeWebp(Piece code, const PieceForm& form, Restored piece) {
  const size_t strip = StripBytes(form);
  if (piece.size() <= strip) {
    return ReadStrip(code, form.columns, piece) ? Status() : DecoderFailed();
  }
  for (size_t at = 0; at < piece.size(); at += strip) {
    if (code.size() < 4) return DecoderFailed();
    const size_t size = LoadLe<uint32_t>(code.data());
    if (size > code.size() - 4) return DecoderFailed();
    const Restored bytes =
        piece.subspan(at, std::min(strip, piece.size() - at));
    if (!ReadStrip(code.subspan(4, size), form.columns, bytes)) {
      return DecoderFailed();
    }
    code = code.subspan(4 + size);
  }
  return code.empty() ? Status() : DecoderFailed();
}

}  // namespace lentil

#endif  // LENTIL_HAS_WEBP

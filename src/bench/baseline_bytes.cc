// SPDX-License-Identifier: Apache-2.0
// Baselines for any bytes.

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <memory>

#include "bench/baseline_codecs.h"

namespace lentil {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest, in gzip's container
constexpr int kGzipMemory = 9;
constexpr uint32_t kXzPreset = 9 | LZMA_PRESET_EXTREME;
constexpr int kZstdLevel = 22;
constexpr int kBrotliQuality = 11;
constexpr int kBrotliWindow = 24;

// zlib counts in 32 bits.
Status TooLargeForZlib() {
  return Status(Code::kResourceLimit, "at most 4 GiB at once");
}

}  // namespace

Status EncodeGzip(Piece piece, const PieceForm& /*form*/, PieceCode* code) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow,
                   kGzipMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
    return EncoderFailed();
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream,
                                                            deflateEnd);
  code->resize(deflateBound(&stream, piece.size()));
  if (piece.size() > UINT32_MAX || code->size() > UINT32_MAX) {
    return TooLargeForZlib();
  }
  stream.next_in = const_cast<uint8_t*>(piece.data());
  stream.avail_in = static_cast<uInt>(piece.size());
  stream.next_out = code->data();
  stream.avail_out = static_cast<uInt>(code->size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return EncoderFailed();
  code->resize(stream.total_out);
  return Status();
}

Status DecodeGzip(Piece code, const PieceForm& /*form*/, Restored piece) {
  z_stream stream = {};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return DecoderFailed();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream,
                                                            inflateEnd);
  if (piece.size() > UINT32_MAX || code.size() > UINT32_MAX) {
    return TooLargeForZlib();
  }
  uint8_t none = 0;  // zlib wants somewhere to write
  stream.next_in = const_cast<uint8_t*>(code.data());
  stream.avail_in = static_cast<uInt>(code.size());
  stream.next_out = piece.empty() ? &none : piece.data();
  stream.avail_out = static_cast<uInt>(piece.size());
  const int state = inflate(&stream, Z_FINISH);
  if (state != Z_STREAM_END || stream.avail_out > 0) return DecoderFailed();
  return Status();
}

Status EncodeXz(Piece piece, const PieceForm& /*form*/, PieceCode* code) {
  code->resize(lzma_stream_buffer_bound(piece.size()));
  size_t size = 0;
  if (lzma_easy_buffer_encode(kXzPreset, LZMA_CHECK_CRC64, nullptr,
                              piece.data(), piece.size(), code->data(), &size,
                              code->size()) != LZMA_OK) {
    return EncoderFailed();
  }
  code->resize(size);
  return Status();
}

Status DecodeXz(Piece code, const PieceForm& /*form*/, Restored piece) {
  uint64_t memory = UINT64_MAX;
  size_t read = 0;
  size_t written = 0;
  if (lzma_stream_buffer_decode(&memory, 0, nullptr, code.data(), &read,
                                code.size(), piece.data(), &written,
                                piece.size()) != LZMA_OK ||
      written != piece.size()) {
    return DecoderFailed();
  }
  return Status();
}

Status EncodeZstd(Piece piece, const PieceForm& /*form*/, PieceCode* code) {
  code->resize(ZSTD_compressBound(piece.size()));
  const size_t size = ZSTD_compress(code->data(), code->size(), piece.data(),
                                    piece.size(), kZstdLevel);
  if (ZSTD_isError(size)) return EncoderFailed();
  code->resize(size);
  return Status();
}

Status DecodeZstd(Piece code, const PieceForm& /*form*/, Restored piece) {
  const size_t size =
      ZSTD_decompress(piece.data(), piece.size(), code.data(), code.size());
  return size == piece.size() ? Status() : DecoderFailed();
}

Status EncodeBrotli(Piece piece, const PieceForm& /*form*/, PieceCode* code) {
  constexpr size_t kLeast = 16;  // the bound knows no room for no bytes
  size_t size = BrotliEncoderMaxCompressedSize(piece.size()) + kLeast;
  code->resize(size);
  if (BrotliEncoderCompress(kBrotliQuality, kBrotliWindow, BROTLI_MODE_GENERIC,
                            piece.size(), piece.data(), &size,
                            code->data()) != BROTLI_TRUE) {
    return EncoderFailed();
  }
  code->resize(size);
  return Status();
}

Status DecodeBrotli(Piece code, const PieceForm& /*form*/, Restored piece) {
  size_t size = piece.size();
  const auto state =
      BrotliDecoderDecompress(code.size(), code.data(), &size, piece.data());
  if (state != BROTLI_DECODER_RESULT_SUCCESS || size != piece.size()) {
    return DecoderFailed();
  }
  return Status();
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// FLAC as a baseline.

#include <FLAC/stream_decoder.h>
#include <FLAC/stream_encoder.h>

#include <algorithm>
#include <memory>

#include "base/endian.h"
#include "bench/baseline_codecs.h"

namespace lentil {
namespace {

constexpr uint32_t kSampleRate = 16000;  // of the paper; costs nothing
constexpr uint32_t kLevel = 8;
constexpr uint32_t kMaxOrder = 32;  // of linear prediction, beyond the subset

std::vector<FLAC__int32> Samples(Piece piece, int bits) {
  std::vector<FLAC__int32> samples;
  if (bits == 8) {
    for (const uint8_t byte : piece) samples.push_back(byte - 128);
    return samples;
  }
  for (size_t i = 0; i < piece.size(); i += 2) {
    samples.push_back(static_cast<int16_t>(LoadLe<uint16_t>(piece.data() + i)));
  }
  return samples;
}

FLAC__StreamEncoderWriteStatus Append(const FLAC__StreamEncoder* /*encoder*/,
                                      const FLAC__byte bytes[], size_t size,
                                      uint32_t /*samples*/, uint32_t /*frame*/,
                                      void* user) {
  auto* code = static_cast<PieceCode*>(user);
  code->insert(code->end(), bytes, bytes + size);
  return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
}

// What the decoder's callbacks share.
struct Restoration {
  Piece code;
  Restored piece;
  int bits;
  size_t written = 0;  // bytes of the piece
  bool wrong = false;
};

FLAC__StreamDecoderReadStatus Take(const FLAC__StreamDecoder* /*decoder*/,
                                   FLAC__byte bytes[], size_t* size,
                                   void* user) {
  auto* work = static_cast<Restoration*>(user);
  *size = std::min(*size, work->code.size());
  std::copy_n(work->code.data(), *size, bytes);
  work->code = work->code.subspan(*size);
  return *size == 0 ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM
                    : FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
}

FLAC__StreamDecoderWriteStatus Put(const FLAC__StreamDecoder* /*decoder*/,
                                   const FLAC__Frame* frame,
                                   const FLAC__int32* const channels[],
                                   void* user) {
  auto* work = static_cast<Restoration*>(user);
  const size_t width = static_cast<size_t>(work->bits) / 8;
  const size_t samples = frame->header.blocksize;
  if (samples * width > work->piece.size() - work->written) {
    work->wrong = true;
    return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
  }
  uint8_t* out = work->piece.data() + work->written;
  for (size_t i = 0; i < samples; ++i) {
    if (width == 1) {
      out[i] = static_cast<uint8_t>(channels[0][i] + 128);
    } else {
      StoreLe(static_cast<uint16_t>(channels[0][i]), out + 2 * i);
    }
  }
  work->written += samples * width;
  return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

void Complain(const FLAC__StreamDecoder* /*decoder*/,
              FLAC__StreamDecoderErrorStatus /*status*/, void* user) {
  static_cast<Restoration*>(user)->wrong = true;
}

bool Settle(FLAC__StreamEncoder* e, size_t samples, int bits) {
  return FLAC__stream_encoder_set_streamable_subset(e, false) &&
         FLAC__stream_encoder_set_channels(e, 1) &&
         FLAC__stream_encoder_set_bits_per_sample(
             e, static_cast<uint32_t>(bits)) &&
         FLAC__stream_encoder_set_sample_rate(e, kSampleRate) &&
         FLAC__stream_encoder_set_compression_level(e, kLevel) &&
         FLAC__stream_encoder_set_max_lpc_order(e, kMaxOrder) &&
         FLAC__stream_encoder_set_do_exhaustive_model_search(e, true) &&
         FLAC__stream_encoder_set_do_qlp_coeff_prec_search(e, true) &&
         FLAC__stream_encoder_set_total_samples_estimate(e, samples);
}

}  // namespace

Status EncodeFlac(Piece piece, const PieceForm& form, PieceCode* code) {
  if (form.sample_bits == 16 && piece.size() % 2 != 0) {
    return Status(Code::kInvalidArgument, "half a sample at the end");
  }
  const std::vector<FLAC__int32> samples = Samples(piece, form.sample_bits);
  const std::unique_ptr<FLAC__StreamEncoder, void (*)(FLAC__StreamEncoder*)>
      encoder(FLAC__stream_encoder_new(), FLAC__stream_encoder_delete);
  if (encoder == nullptr ||
      !Settle(encoder.get(), samples.size(), form.sample_bits) ||
      FLAC__stream_encoder_init_stream(encoder.get(), Append, nullptr, nullptr,
                                       nullptr, code) !=
          FLAC__STREAM_ENCODER_INIT_STATUS_OK) {
    return EncoderFailed();
  }
  constexpr size_t kBatch = 1 << 20;  // samples; libFLAC counts in 32 bits
  for (size_t at = 0; at < samples.size(); at += kBatch) {
    const size_t count = std::min(kBatch, samples.size() - at);
    if (!FLAC__stream_encoder_process_interleaved(
            encoder.get(), samples.data() + at, static_cast<uint32_t>(count))) {
      return EncoderFailed();
    }
  }
  return FLAC__stream_encoder_finish(encoder.get()) ? Status()
                                                    : EncoderFailed();
}

Status DecodeFlac(Piece code, const PieceForm& form, Restored piece) {
  Restoration work = {code, piece, form.sample_bits};
  const std::unique_ptr<FLAC__StreamDecoder, void (*)(FLAC__StreamDecoder*)>
      decoder(FLAC__stream_decoder_new(), FLAC__stream_decoder_delete);
  if (decoder == nullptr ||
      FLAC__stream_decoder_init_stream(
          decoder.get(), Take, nullptr, nullptr, nullptr, nullptr, Put, nullptr,
          Complain, &work) != FLAC__STREAM_DECODER_INIT_STATUS_OK ||
      !FLAC__stream_decoder_process_until_end_of_stream(decoder.get()) ||
      work.wrong || work.written != piece.size()) {
    return DecoderFailed();
  }
  return Status();
}

}  // namespace lentil

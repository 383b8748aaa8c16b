// SPDX-License-Identifier: Apache-2.0
// FLAC through libFLAC.

#include "data/media/flac_pcm.h"

#include <FLAC/stream_decoder.h>

#include <algorithm>
#include <memory>
#include <string>

#include "data/media/file_format.h"

namespace lentil {
namespace {

struct Reading {
  std::span<const uint8_t> rest;
  const TakeSamples& take;
  std::vector<int16_t> piece = {};
  uint32_t rate = 0;
  uint64_t samples = 0;
  Status status = {};
};

FLAC__StreamDecoderReadStatus Take(const FLAC__StreamDecoder* /*decoder*/,
                                   FLAC__byte bytes[], size_t* size,
                                   void* user) {
  auto* reading = static_cast<Reading*>(user);
  *size = std::min(*size, reading->rest.size());
  std::copy_n(reading->rest.data(), *size, bytes);
  reading->rest = reading->rest.subspan(*size);
  return *size == 0 ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM
                    : FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
}

FLAC__StreamDecoderWriteStatus Put(const FLAC__StreamDecoder* /*decoder*/,
                                   const FLAC__Frame* frame,
                                   const FLAC__int32* const channels[],
                                   void* user) {
  auto* reading = static_cast<Reading*>(user);
  const FLAC__FrameHeader& header = frame->header;
  if (header.bits_per_sample != 16) {
    reading->status = NotTaken(
        "FLAC of " + std::to_string(header.bits_per_sample) + " bits a sample",
        kSoundTaken);
  } else if (reading->samples + header.blocksize > kMaxSamples) {
    reading->status = TooManySamples();
  }
  if (!reading->status.ok()) return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
  reading->rate = header.sample_rate;
  reading->samples += header.blocksize;
  reading->piece.clear();
  for (size_t i = 0; i < header.blocksize; ++i) {
    reading->piece.push_back(static_cast<int16_t>(channels[0][i]));
  }
  reading->status = reading->take(reading->piece);
  if (!reading->status.ok()) return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
  return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

void Complain(const FLAC__StreamDecoder* /*decoder*/,
              FLAC__StreamDecoderErrorStatus /*status*/, void* user) {
  auto* reading = static_cast<Reading*>(user);
  if (reading->status.ok()) {
    reading->status = Status(Code::kCorrupt, "damaged FLAC");
  }
}

}  // namespace

Result<uint32_t> ReadFlac(std::span<const uint8_t> file,
                          const TakeSamples& take) {
  Reading reading = {file, take};
  const std::unique_ptr<FLAC__StreamDecoder, void (*)(FLAC__StreamDecoder*)>
      decoder(FLAC__stream_decoder_new(), FLAC__stream_decoder_delete);
  if (decoder == nullptr) {
    return Status(Code::kResourceLimit, "out of memory");
  }
  FLAC__stream_decoder_set_md5_checking(decoder.get(), true);
  const bool read =
      FLAC__stream_decoder_init_stream(
          decoder.get(), Take, nullptr, nullptr, nullptr, nullptr, Put, nullptr,
          Complain, &reading) == FLAC__STREAM_DECODER_INIT_STATUS_OK &&
      FLAC__stream_decoder_process_until_end_of_stream(decoder.get());
  LENTIL_RETURN_IF_ERROR(reading.status);
  // A file without samples is not told from one that is cut.
  const uint64_t claimed =
      FLAC__stream_decoder_get_total_samples(decoder.get());
  const uint64_t found = reading.samples;
  const bool whole = found > 0 && (claimed == 0 || claimed == found);
  // The end compares the samples with the hash in the file, if it has one.
  if (!FLAC__stream_decoder_finish(decoder.get()) || !read || !whole) {
    return Status(Code::kCorrupt, "damaged or truncated FLAC");
  }
  return reading.rate;
}

}  // namespace lentil

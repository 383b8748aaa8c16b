// SPDX-License-Identifier: Apache-2.0
// The C API: streams.

#include "capi/handles.h"
#include "lentil/lentil.h"

// One of the two is set. The first failure stays.
struct lentil_stream {
  lentil_codec* codec = nullptr;
  std::unique_ptr<lentil::StreamEncoder> encoder;
  std::unique_ptr<lentil::StreamDecoder> decoder;
  lentil::Status status;
  bool finished = false;
};

namespace lentil {
namespace {

// Hands out a stream for which `open` fills the encoder or the decoder.
template <class Open>
lentil_error NewStream(lentil_codec* codec, lentil_write_fn write,
                       lentil_stream** stream, Open&& open) {
  return GuardCodec(codec, [&]() -> Status {
    if (write == nullptr || stream == nullptr) return NullArgument();
    auto fresh = std::make_unique<lentil_stream>();
    fresh->codec = codec;
    LENTIL_RETURN_IF_ERROR(open(fresh.get()));
    codec->streaming = true;
    *stream = fresh.release();
    return Status();
  });
}

// Runs a step of a stream and remembers how it ended, also when it threw.
template <class Step>
lentil_error RunStep(lentil_stream* stream, Step&& step) {
  if (stream == nullptr) return LENTIL_INVALID_ARGUMENT;
  return Guard(&stream->codec->message, [&]() -> Status {
    if (!stream->status.ok()) return stream->status;
    if (stream->finished) {
      return Status(Code::kInvalidArgument, "the stream is finished");
    }
    stream->status = Status(Code::kInternal, "the stream failed before");
    stream->status = Explained(*stream->codec, step());
    return stream->status;
  });
}

}  // namespace
}  // namespace lentil

using lentil::Status;

extern "C" {

lentil_error lentil_stream_compress(lentil_codec* codec, lentil_write_fn write,
                                    void* user, lentil_stream** stream) {
  return lentil::NewStream(
      codec, write, stream, [&](lentil_stream* fresh) -> Status {
        LENTIL_ASSIGN_OR_RETURN(const lentil::EncodeOptions options,
                                lentil::EncodeOptionsOf(codec));
        LENTIL_ASSIGN_OR_RETURN(fresh->encoder,
                                lentil::StreamEncoder::Create(
                                    options, lentil::SinkOf(write, user)));
        return Status();
      });
}

lentil_error lentil_stream_decompress(lentil_codec* codec,
                                      lentil_write_fn write, void* user,
                                      lentil_stream** stream) {
  return lentil::NewStream(
      codec, write, stream, [&](lentil_stream* fresh) -> Status {
        LENTIL_ASSIGN_OR_RETURN(
            fresh->decoder,
            lentil::StreamDecoder::Create(lentil::DecodeOptionsOf(codec),
                                          lentil::SinkOf(write, user)));
        return Status();
      });
}

lentil_error lentil_stream_write(lentil_stream* stream, const void* bytes,
                                 size_t size) {
  return lentil::RunStep(stream, [&]() -> Status {
    if (bytes == nullptr && size > 0) return lentil::NullArgument();
    const std::span<const uint8_t> part(static_cast<const uint8_t*>(bytes),
                                        size);
    return stream->encoder ? stream->encoder->Write(part)
                           : stream->decoder->Write(part);
  });
}

lentil_error lentil_stream_finish(lentil_stream* stream) {
  return lentil::RunStep(stream, [&]() -> Status {
    stream->finished = true;
    return stream->encoder ? stream->encoder->Finish()
                           : stream->decoder->Finish();
  });
}

void lentil_stream_free(lentil_stream* stream) {
  if (stream == nullptr) return;
  stream->codec->streaming = false;
  delete stream;
}

}  // extern "C"

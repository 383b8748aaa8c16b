// SPDX-License-Identifier: Apache-2.0
// What stands behind the handles of the C API, and the guard of every call.

#ifndef LENTIL_CAPI_HANDLES_H_
#define LENTIL_CAPI_HANDLES_H_

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "base/fp_mode.h"
#include "base/status.h"
#include "capi/models.h"
#include "codec/record_frame.h"
#include "codec/record_sample.h"
#include "codec/stream.h"
#include "lentil/lentil.h"

struct lentil_model {
  lentil::ModelRef model;
};

struct lentil_sample {
  std::shared_ptr<const lentil::RecordSample> sample;
};

struct lentil_codec {
  int level = LENTIL_DEFAULT_LEVEL;
  lentil::ModelRef model;                              // of set_model, or null
  std::shared_ptr<const lentil::RecordSample> sample;  // or null
  lentil::RecordForm records = lentil::RecordForm::kNone;
  // That streams of this codec use, one per header or settings.
  std::vector<std::unique_ptr<const lentil::RecordFrameCoder>> record_coders;
  int threads = 1;
  uint32_t frame_size = 0;  // 0 = the level's
  bool verify = true;
  uint64_t memory_limit = 0;
  lentil_damage_fn on_damage = nullptr;
  void* damage_user = nullptr;
  lentil_progress_fn progress = nullptr;
  void* progress_user = nullptr;

  std::atomic<lentil::FrameKind> kind{};  // of the latest frame made; 0 = none

  bool streaming = false;  // a stream has it
  std::string message;
  lentil::Status load_error;  // why an embedded model that a file names failed
};

namespace lentil {

// The model a compression uses: the one set, or the level's, or null for zstd.
// kWrongModel if the level's is not embedded.
Result<ModelRef> EncodingModel(const lentil_codec& codec);

// kUnsupported if it is a checkpoint, which no sample can prime.
Status CheckNative(const LoadedModel& model);

// How the codec codes records on their own; null without a sample. Primes it,
// if it is not. Records of the sample are lines unless the codec says else.
Result<std::shared_ptr<const RecordPrior>> EncodingPrior(
    const lentil_codec& codec);

// Options of the libraries below for this codec. The result points into it.
Result<EncodeOptions> EncodeOptionsOf(lentil_codec* codec);
DecodeOptions DecodeOptionsOf(lentil_codec* codec);

// The reason behind a restoration's kWrongModel, where there is one.
Status Explained(const lentil_codec& codec, Status status);

inline Status NullArgument() {
  return Status(Code::kInvalidArgument, "a required pointer is NULL");
}
inline Status TooSmall() {
  return Status(Code::kInvalidArgument, "dst_capacity is too small");
}

inline std::span<const uint8_t> BytesOf(const void* bytes, size_t size) {
  return {static_cast<const uint8_t*>(bytes), size};
}

// True if a pointer is NULL that must not be.
inline bool BadBuffers(const void* src, size_t src_size, const void* dst,
                       size_t dst_capacity, const size_t* dst_size) {
  return (src == nullptr && src_size > 0) ||
         (dst == nullptr && dst_capacity > 0) || dst_size == nullptr;
}

// Wraps a callback of the C API as a sink.
ByteSink SinkOf(lentil_write_fn write, void* user);

// The translation of a Status; stores its message unless `message` is null.
lentil_error Translate(const Status& status, std::string* message) noexcept;

// Runs `body`, which returns a Status, in the right floating-point mode and
// without letting anything escape.
template <class Body>
lentil_error Guard(std::string* message, Body&& body) noexcept {
  try {
    const ScopedFpMode mode;
    return Translate(body(), message);
  } catch (const std::bad_alloc&) {
    return Translate(Status(Code::kResourceLimit, "out of memory"), message);
  } catch (const std::exception& error) {
    return Translate(Status(Code::kInternal, error.what()), message);
  } catch (...) {
    return Translate(Status(Code::kInternal, "unknown exception"), message);
  }
}

// As Guard, for a call on a codec: it must not be NULL nor serve a stream.
template <class Body>
lentil_error GuardCodec(lentil_codec* codec, Body&& body) noexcept {
  if (codec == nullptr) return LENTIL_INVALID_ARGUMENT;
  return Guard(&codec->message, [&]() -> Status {
    if (codec->streaming) {
      return Status(Code::kInvalidArgument, "the codec serves a stream");
    }
    return body();
  });
}

}  // namespace lentil

#endif  // LENTIL_CAPI_HANDLES_H_

// SPDX-License-Identifier: Apache-2.0
// The C API: names, models, codec settings and one-shot calls.

#include "lentil/lentil.h"

#include <cstring>

#include "capi/embedded_models.h"
#include "capi/handles.h"

#define LENTIL_STRING_INNER(x) #x
#define LENTIL_STRING(x) LENTIL_STRING_INNER(x)

namespace lentil {
namespace {

constexpr int kMaxThreads = 1024;
constexpr size_t kMinFrame = 4u << 10;
constexpr size_t kMaxFrame = 64u << 20;

// Of the last failed lentil_model_* call of a thread.
std::string& ModelMessage() {
  static thread_local std::string message;
  return message;
}

Status HandOut(Result<ModelRef> loaded, lentil_model** model) {
  if (!loaded.ok()) return loaded.status();
  *model = new lentil_model{*std::move(loaded)};
  return Status();
}

// Collects output in a caller's buffer.
class BufferSink {
 public:
  BufferSink(void* bytes, size_t capacity)
      : bytes_(static_cast<uint8_t*>(bytes)), capacity_(capacity) {}

  ByteSink AsSink() {
    return [this](std::span<const uint8_t> part) {
      if (part.size() > capacity_ - size_) {
        is_full_ = true;
        return TooSmall();
      }
      if (!part.empty()) std::memcpy(bytes_ + size_, part.data(), part.size());
      size_ += part.size();
      return Status();
    };
  }
  size_t size() const { return size_; }
  bool is_full() const { return is_full_; }

 private:
  uint8_t* bytes_;
  size_t capacity_;
  size_t size_ = 0;
  bool is_full_ = false;
};

// Writes all of `src` to a fresh stream of either kind, and finishes it.
template <class Stream>
Status PassThrough(Result<std::unique_ptr<Stream>> stream,
                   std::span<const uint8_t> src) {
  if (!stream.ok()) return stream.status();
  LENTIL_RETURN_IF_ERROR((*stream)->Write(src));
  return (*stream)->Finish();
}

}  // namespace
}  // namespace lentil

using lentil::Code;
using lentil::Guard;
using lentil::GuardCodec;
using lentil::NullArgument;
using lentil::Status;

extern "C" {

const char* lentil_version(void) {
  return LENTIL_STRING(LENTIL_VERSION_MAJOR) "." LENTIL_STRING(
      LENTIL_VERSION_MINOR) "." LENTIL_STRING(LENTIL_VERSION_PATCH);
}

const char* lentil_error_name(lentil_error error) {
  static constexpr const char* kNames[] = {"ok",
                                           "invalid argument",
                                           "input or output failed",
                                           "exists",
                                           "corrupt",
                                           "unsupported",
                                           "wrong model",
                                           "resource limit",
                                           "cancelled",
                                           "verification failed",
                                           "internal",
                                           "destination too small",
                                           "wrong sample"};
  const auto index = static_cast<size_t>(error);
  return index < std::size(kNames) ? kNames[index] : "unknown";
}

// ---- models ----------------------------------------------------------------

const char* lentil_embedded_name(size_t index) {
  const auto files = lentil::EmbeddedFiles();
  return index < files.size() ? files[index].name : nullptr;
}

lentil_error lentil_model_embedded(const char* name, lentil_model** model) {
  return Guard(&lentil::ModelMessage(), [&] {
    if (name == nullptr || model == nullptr) return NullArgument();
    return lentil::HandOut(lentil::LoadEmbedded(name), model);
  });
}

lentil_error lentil_model_from_bytes(const void* bytes, size_t size,
                                     lentil_model** model) {
  return Guard(&lentil::ModelMessage(), [&] {
    if ((bytes == nullptr && size > 0) || model == nullptr) {
      return NullArgument();
    }
    return lentil::HandOut(lentil::LoadModel(lentil::BytesOf(bytes, size)),
                           model);
  });
}

lentil_error lentil_model_open(const char* path, lentil_model** model) {
  return Guard(&lentil::ModelMessage(), [&] {
    if (path == nullptr || model == nullptr) return NullArgument();
    return lentil::HandOut(lentil::OpenModelPath(path), model);
  });
}

uint64_t lentil_model_hash(const lentil_model* model) {
  return model != nullptr ? model->model->hash : 0;
}

size_t lentil_model_size(const lentil_model* model) {
  return model != nullptr ? model->model->stored_bytes : 0;
}

const char* lentil_model_message(void) {
  return lentil::ModelMessage().c_str();
}

void lentil_model_free(lentil_model* model) { delete model; }

// ---- codecs ----------------------------------------------------------------

lentil_error lentil_codec_new(int level, lentil_codec** codec) {
  if (codec == nullptr || level < 0 || level > 9) {
    return LENTIL_INVALID_ARGUMENT;
  }
  return Guard(nullptr, [&] {
    auto fresh = std::make_unique<lentil_codec>();
    fresh->level = level;
    *codec = fresh.release();
    return Status();
  });
}

const lentil_level* lentil_level_get(int level) {
  return level < 0 || level > 9 ? nullptr : &lentil::LevelOf(level).shown;
}

void lentil_codec_free(lentil_codec* codec) { delete codec; }

lentil_error lentil_codec_set_model(lentil_codec* codec,
                                    const lentil_model* model) {
  return GuardCodec(codec, [&] {
    codec->model = model != nullptr ? model->model : nullptr;
    return Status();
  });
}

lentil_error lentil_codec_set_threads(lentil_codec* codec, int threads) {
  return GuardCodec(codec, [&] {
    if (threads < 0 || threads > lentil::kMaxThreads) {
      return Status(Code::kInvalidArgument, "threads must be 0 to 1024");
    }
    codec->threads = threads;
    return Status();
  });
}

lentil_error lentil_codec_set_frame_size(lentil_codec* codec, size_t bytes) {
  return GuardCodec(codec, [&] {
    if (bytes < lentil::kMinFrame || bytes > lentil::kMaxFrame) {
      return Status(Code::kInvalidArgument,
                    "the frame size must be 4 KiB to 64 MiB");
    }
    codec->frame_size = static_cast<uint32_t>(bytes);
    return Status();
  });
}

lentil_error lentil_codec_set_verify(lentil_codec* codec, int on) {
  return GuardCodec(codec, [&] {
    codec->verify = on != 0;
    return Status();
  });
}

lentil_error lentil_codec_set_memory_limit(lentil_codec* codec,
                                           uint64_t bytes) {
  return GuardCodec(codec, [&] {
    codec->memory_limit = bytes;
    return Status();
  });
}

lentil_error lentil_codec_set_salvage(lentil_codec* codec,
                                      lentil_damage_fn on_damage, void* user) {
  return GuardCodec(codec, [&] {
    codec->on_damage = on_damage;
    codec->damage_user = user;
    return Status();
  });
}

lentil_error lentil_codec_set_progress(lentil_codec* codec,
                                       lentil_progress_fn progress,
                                       void* user) {
  return GuardCodec(codec, [&] {
    codec->progress = progress;
    codec->progress_user = user;
    return Status();
  });
}

int lentil_codec_frame_kind(const lentil_codec* codec) {
  return codec != nullptr ? static_cast<int>(codec->kind.load()) : 0;
}

const char* lentil_codec_message(const lentil_codec* codec) {
  return codec != nullptr ? codec->message.c_str() : "no codec";
}

// ---- one shot --------------------------------------------------------------

// A frame may be stored: 32 bytes for each of the smallest frames, and 1 KiB
// for header and footer, are generous.
size_t lentil_compress_bound(size_t src_size) {
  const size_t extra = 1024 + src_size / lentil::kMinFrame * 32 + 32;
  return src_size > SIZE_MAX - extra ? SIZE_MAX : src_size + extra;
}

lentil_error lentil_compress(lentil_codec* codec, const void* src,
                             size_t src_size, void* dst, size_t dst_capacity,
                             size_t* dst_size) {
  bool too_small = false;
  const lentil_error error = GuardCodec(codec, [&]() -> Status {
    if (lentil::BadBuffers(src, src_size, dst, dst_capacity, dst_size)) {
      return NullArgument();
    }
    lentil::BufferSink sink(dst, dst_capacity);
    LENTIL_ASSIGN_OR_RETURN(const lentil::EncodeOptions options,
                            lentil::EncodeOptionsOf(codec));
    const Status status = lentil::PassThrough(
        lentil::StreamEncoder::Create(options, sink.AsSink()),
        lentil::BytesOf(src, src_size));
    if (status.ok()) *dst_size = sink.size();
    too_small = sink.is_full();
    return status;
  });
  return too_small ? LENTIL_TOO_SMALL : error;
}

lentil_error lentil_decompress(lentil_codec* codec, const void* src,
                               size_t src_size, void* dst, size_t dst_capacity,
                               size_t* dst_size) {
  bool too_small = false;
  const lentil_error error = GuardCodec(codec, [&]() -> Status {
    if (lentil::BadBuffers(src, src_size, dst, dst_capacity, dst_size)) {
      return NullArgument();
    }
    lentil::BufferSink sink(dst, dst_capacity);
    const Status status =
        lentil::PassThrough(lentil::StreamDecoder::Create(
                                lentil::DecodeOptionsOf(codec), sink.AsSink()),
                            lentil::BytesOf(src, src_size));
    if (status.ok()) *dst_size = sink.size();
    too_small = sink.is_full();
    return lentil::Explained(*codec, status);
  });
  return too_small ? LENTIL_TOO_SMALL : error;
}

}  // extern "C"

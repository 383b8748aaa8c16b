// SPDX-License-Identifier: Apache-2.0
// What stands behind the handles of the C API, and the guard of every call.

#include "capi/handles.h"

#include <algorithm>
#include <thread>

#include "capi/embedded_models.h"

namespace lentil {
namespace {

int ThreadsOf(const lentil_codec& codec) {
  if (codec.threads > 0) return codec.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

ProgressFn ProgressOf(const lentil_codec& codec) {
  if (codec.progress == nullptr) return nullptr;
  return [call = codec.progress, user = codec.progress_user](
             uint64_t in, uint64_t out) { return call(user, in, out) == 0; };
}

constexpr int kFastLevel = 9;  // of zstd, where it is all there is

const FrameCoder* CoderOf(const ModelRef& model) { return model->coder.get(); }

}  // namespace

Result<ModelRef> EncodingModel(const lentil_codec& codec) {
  if (codec.model != nullptr) return codec.model;
  const Level& level = LevelOf(codec.level);
  if (level.shown.model == nullptr) return ModelRef();
  Result<ModelRef> model = LoadEmbedded(level.shown.model);
  if (model.ok() || model.status().code() != Code::kWrongModel) return model;
  return model.status().WithContext("level " +
                                    std::to_string(level.shown.number));
}

Result<EncodeOptions> EncodeOptionsOf(lentil_codec* codec) {
  LENTIL_ASSIGN_OR_RETURN(const ModelRef model, EncodingModel(*codec));
  EncodeOptions options;
  // Embedded models are never freed, and a set one lives in the codec.
  options.coder = model != nullptr ? model->coder.get() : nullptr;
  const Level& level = LevelOf(codec->level);
  options.preferred = model != nullptr ? FrameKind::kModel : level.preferred();
  options.lanes = level.lanes;
  if (options.preferred == FrameKind::kZstd) options.zstd_level = kFastLevel;
  options.frame_size = codec->frame_size;
  options.threads = ThreadsOf(*codec);
  options.verify = codec->verify;
  options.memory_limit = codec->memory_limit;
  options.progress = ProgressOf(*codec);
  return options;
}

DecodeOptions DecodeOptionsOf(lentil_codec* codec) {
  codec->load_error = Status();
  DecodeOptions options;
  options.find_coder = [codec](uint32_t numerics_version,
                               uint64_t hash) -> const FrameCoder* {
    ModelRef model = codec->model;
    if (model == nullptr || model->hash != hash) {
      Result<ModelRef> found = FindEmbedded(hash);
      codec->load_error = found.status();
      model = found.ok() ? *found : nullptr;
    }
    if (model == nullptr) return nullptr;
    const FrameCoder* coder = model->coder.get();
    return coder->numerics_version() == numerics_version ? coder : nullptr;
  };
  // Embedded models are never freed, and a set one lives in the codec.
  options.guess_coders = [codec] {
    std::vector<const FrameCoder*> coders;
    if (codec->model != nullptr) return std::vector{CoderOf(codec->model)};
    for (const EmbeddedFile& file : EmbeddedFiles()) {
      const Result<ModelRef> model = LoadEmbedded(file.name);
      if (model.ok()) coders.push_back(CoderOf(*model));
    }
    return coders;
  };
  options.threads = ThreadsOf(*codec);
  options.memory_limit = codec->memory_limit;
  options.progress = ProgressOf(*codec);
  if (codec->on_damage != nullptr) {
    options.salvage = true;
    options.on_damage = [codec](const Status& status) {
      codec->on_damage(codec->damage_user,
                       static_cast<lentil_error>(status.code()),
                       status.message().c_str());
    };
  }
  return options;
}

Status Explained(const lentil_codec& codec, Status status) {
  const bool is_explained =
      status.code() == Code::kWrongModel && !codec.load_error.ok();
  return is_explained ? codec.load_error : status;
}

ByteSink SinkOf(lentil_write_fn write, void* user) {
  return [write, user](std::span<const uint8_t> bytes) {
    if (write(user, bytes.data(), bytes.size()) == 0) return Status();
    return Status(Code::kIo, "the output refused bytes");
  };
}

lentil_error Translate(const Status& status, std::string* message) noexcept {
  if (message != nullptr) {
    try {
      *message = status.message();
    } catch (...) {
      message->clear();
    }
  }
  return static_cast<lentil_error>(status.code());
}

}  // namespace lentil

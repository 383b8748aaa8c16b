// SPDX-License-Identifier: Apache-2.0
// What stands behind the handles of the C API, and the guard of every call.

#include "capi/handles.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/cpu.h"
#include "base/hash.h"
#include "capi/embedded_models.h"

namespace lentil {
namespace {

int ThreadsOf(const lentil_codec& codec) {
  if (codec.threads > 0) return codec.threads;
  return CpuThreads();
}

ProgressFn ProgressOf(const lentil_codec& codec) {
  if (codec.progress == nullptr) return nullptr;
  return [call = codec.progress, user = codec.progress_user](
             uint64_t in, uint64_t out) { return call(user, in, out) == 0; };
}

constexpr int kFastLevel = 9;  // of zstd, where it is all there is

const FrameCoder* CoderOf(const ModelRef& model) { return model->coder.get(); }

std::shared_ptr<const Model> SharedModel(const ModelRef& model) {
  return model != nullptr ? model->native->shared_model() : nullptr;
}

// A coder of records that lives as long as the codec's next stream.
const RecordFrameCoder* KeepCoder(lentil_codec* codec, RecordForm form,
                                  RecordPredictor predictor) {
  codec->record_coders.push_back(
      std::make_unique<const RecordFrameCoder>(form, std::move(predictor)));
  return codec->record_coders.back().get();
}

// Before a sample is read: what reads it must fit the memory.
Status CheckSampleMemory(const lentil_codec& codec) {
  const uint64_t needed = RecordPrior::MemoryFor(codec.sample->size());
  if (codec.memory_limit == 0 || needed <= codec.memory_limit) return Status();
  return Status(Code::kResourceLimit,
                "the sample needs " + std::to_string((needed >> 20) + 1) +
                    " MiB of memory, more than the limit");
}

// What a container of records asks for, if it is here.
Result<const RecordFrameCoder*> FindRecords(lentil_codec* codec,
                                            const ContainerHeader& header,
                                            ModelRef model) {
  for (const auto& coder : codec->record_coders) {
    if (coder->Header() == header) return coder.get();
  }
  if (header.has_model && model == nullptr) {
    return Status(Code::kWrongModel,
                  "needs model " + HashText(header.model_hash));
  }
  RecordPredictor predictor;
  if (header.has_model) {
    LENTIL_RETURN_IF_ERROR(CheckNative(*model));
    predictor.model = SharedModel(model);
  }
  if (header.has_sample) {
    const bool has_one = codec->sample != nullptr;
    if (!has_one || codec->sample->hash() != header.sample_hash) {
      return Status(
          Code::kWrongSample,
          "needs the sample " + HashText(header.sample_hash) +
              (has_one ? ", not " + HashText(codec->sample->hash()) : ""));
    }
    LENTIL_RETURN_IF_ERROR(CheckSampleMemory(*codec));
    const auto prior = codec->sample->PriorOf(header.records, predictor.model);
    // The form is the file's word, so this is no fault of the caller's.
    if (prior.status().code() == Code::kInvalidArgument) {
      return Status(Code::kWrongSample,
                    "needs a sample of another form than this one: " +
                        prior.status().message());
    }
    if (!prior.ok()) return prior.status();
    predictor.prior = *prior;
  }
  if (predictor.prior == nullptr && predictor.model == nullptr) {
    return Status(Code::kCorrupt, "records, but neither sample nor model");
  }
  return KeepCoder(codec, header.records, std::move(predictor));
}

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

Status CheckNative(const LoadedModel& model) {
  if (model.native != nullptr) return Status();
  return {Code::kUnsupported,
          "samples and files of records need one of lentil's own models, not a "
          "checkpoint"};
}

Result<std::shared_ptr<const RecordPrior>> EncodingPrior(
    const lentil_codec& codec) {
  if (codec.sample == nullptr) return std::shared_ptr<const RecordPrior>();
  LENTIL_ASSIGN_OR_RETURN(const ModelRef model, EncodingModel(codec));
  if (model != nullptr) LENTIL_RETURN_IF_ERROR(CheckNative(*model));
  const RecordForm form =
      codec.records != RecordForm::kNone ? codec.records : RecordForm::kLines;
  return codec.sample->PriorOf(form, SharedModel(model));
}

Result<EncodeOptions> EncodeOptionsOf(lentil_codec* codec) {
  LENTIL_ASSIGN_OR_RETURN(const ModelRef model, EncodingModel(*codec));
  EncodeOptions options;
  // Embedded models are never freed, and a set one lives in the codec.
  options.coder = model != nullptr ? model->coder.get() : nullptr;
  const Level& level = LevelOf(codec->level);
  options.preferred = model != nullptr ? FrameKind::kModel : level.preferred();
  options.limits = level.limits;
  if (options.preferred == FrameKind::kZstd) options.zstd_level = kFastLevel;
  codec->record_coders.clear();
  if (codec->records != RecordForm::kNone) {
    if (model != nullptr) LENTIL_RETURN_IF_ERROR(CheckNative(*model));
    if (codec->sample != nullptr) {
      LENTIL_RETURN_IF_ERROR(CheckSampleMemory(*codec));
    }
    LENTIL_ASSIGN_OR_RETURN(const auto prior, EncodingPrior(*codec));
    if (prior == nullptr && model == nullptr) {
      return Status(Code::kInvalidArgument,
                    "records without a sample need a model (level 3 or more)");
    }
    options.preferred = FrameKind::kRecords;
    options.records =
        KeepCoder(codec, codec->records, {prior, SharedModel(model)});
  }
  codec->kind = options.preferred;  // until a frame chooses another
  options.kind = &codec->kind;
  options.frame_size = codec->frame_size != 0
                           ? codec->frame_size
                           : static_cast<uint32_t>(level.shown.frame_size);
  options.threads = ThreadsOf(*codec);
  options.verify = codec->verify;
  options.memory_limit = codec->memory_limit;
  options.progress = ProgressOf(*codec);
  return options;
}

DecodeOptions DecodeOptionsOf(lentil_codec* codec) {
  codec->load_error = Status();
  DecodeOptions options;
  codec->record_coders.clear();
  const auto find_model = [codec](uint64_t hash) {
    if (codec->model != nullptr && codec->model->hash == hash) {
      return codec->model;
    }
    Result<ModelRef> found = FindEmbedded(hash);
    codec->load_error = found.status();
    return found.ok() ? *found : nullptr;
  };
  options.find_records = [codec, find_model](const ContainerHeader& header) {
    return FindRecords(
        codec, header,
        header.has_model ? find_model(header.model_hash) : nullptr);
  };
  options.find_coder = [find_model](uint32_t numerics_version,
                                    uint64_t hash) -> const FrameCoder* {
    const ModelRef model = find_model(hash);
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

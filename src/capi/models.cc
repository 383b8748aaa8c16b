// SPDX-License-Identifier: Apache-2.0
// Models as the C API hands them round: loaded once, shared, never changed.

#include "capi/models.h"

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "base/file.h"
#include "base/hash.h"
#include "base/messages.h"
#include "capi/embedded_models.h"
#include "codec/token_frame.h"
#include "model/imported/language_model.h"
#include "model/model.h"
#include "model/native.h"
#include "model/weight_count.h"

namespace lentil {

Result<ModelRef> LoadModel(std::span<const uint8_t> file) {
  LENTIL_ASSIGN_OR_RETURN(const std::shared_ptr<const Model> model,
                          Model::Parse(file));
  auto loaded = std::make_shared<LoadedModel>();
  loaded->native = std::make_shared<const ModelFrameCoder>(model);
  loaded->coder = loaded->native;
  loaded->hash = model->hash();
  loaded->weights = CountWeights(model->config());
  loaded->stored_bytes = model->stored_bytes();
  return ModelRef(std::move(loaded));
}

Result<ModelRef> OpenModelPath(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) {
    LENTIL_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
    if (IsNativeModel(file.bytes())) return LoadModel(file.bytes());
  }
  LENTIL_ASSIGN_OR_RETURN(const std::shared_ptr<const LanguageModel> model,
                          LanguageModel::Open(path));
  auto loaded = std::make_shared<LoadedModel>();
  loaded->coder = std::make_shared<const TokenFrameCoder>(model);
  loaded->hash = model->hash();
  loaded->weights = model->transformer()->weight_count();
  loaded->stored_bytes = model->stored_bytes();
  return ModelRef(std::move(loaded));
}

Result<ModelRef> LoadEmbedded(std::string_view name) {
  // Never destroyed: codecs may outlive static destructors.
  static auto& mutex = *new std::mutex;
  static auto& loaded = *new std::map<std::string, ModelRef, std::less<>>;
  const std::lock_guard<std::mutex> lock(mutex);
  if (const auto found = loaded.find(name); found != loaded.end()) {
    return found->second;
  }
  const EmbeddedFile* file = FindEmbeddedFile(name);
  if (file == nullptr) {
    return Status(Code::kWrongModel,
                  "this build does not embed the model " + Quoted(name));
  }
  LENTIL_ASSIGN_OR_RETURN(ModelRef model, LoadModel(file->bytes));
  loaded.emplace(file->name, model);
  return model;
}

Result<ModelRef> FindEmbedded(uint64_t hash) {
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (Hash64(file.bytes) == hash) return LoadEmbedded(file.name);
  }
  return ModelRef();
}

const Level& LevelOf(int level) {
  constexpr size_t kFrame = 4u << 20;
  static constexpr Level kLevels[] = {
      {{0, LENTIL_FRAME_ZSTD, nullptr, "zstd: fast", 0.001, kFrame}},
      {{1, LENTIL_FRAME_MIXING, nullptr, "context mixing, no model", 0.15,
        kFrame}},
      {{3, LENTIL_FRAME_MODEL, "nano", "model nano", 0.6, kFrame},
       {.lanes = 8, .table_bits = 19}},
      {{6, LENTIL_FRAME_MODEL, "small", "model small (default)", 1.0, kFrame}},
      {{7, LENTIL_FRAME_MODEL, "small", "small in 8 lanes", 1.2, kFrame},
       {.lanes = 8}},
      {{8, LENTIL_FRAME_MODEL, "small", "small in 4 lanes", 1.8, kFrame},
       {.lanes = 4}},
      {{9, LENTIL_FRAME_MODEL, "small", "small in one lane: smallest", 2.4,
        4 * kFrame},
       {.lanes = 1, .table_bits = 22}},
  };
  const Level* defined = kLevels;
  for (const Level& row : kLevels) {
    if (row.shown.number <= level) defined = &row;
  }
  return *defined;
}

}  // namespace lentil

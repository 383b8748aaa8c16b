// SPDX-License-Identifier: Apache-2.0
// Models as the C API hands them round: loaded once, shared, never changed.

#ifndef LENTIL_CAPI_MODELS_H_
#define LENTIL_CAPI_MODELS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/model_frame.h"
#include "format/container.h"
#include "lentil/lentil.h"

namespace lentil {

// A model ready to code frames.
struct LoadedModel {
  std::shared_ptr<const ModelCoder> coder;
  // The same, if it is lentil's own model; null: a checkpoint of other origin.
  std::shared_ptr<const ModelFrameCoder> native;
  uint64_t hash = 0;
  uint64_t weights = 0;
  size_t stored_bytes = 0;
};
using ModelRef = std::shared_ptr<const LoadedModel>;

// Parses and packs a native model file. Milliseconds.
Result<ModelRef> LoadModel(std::span<const uint8_t> file);

// A native model's file, or a checkpoint of other origin (weights/checkpoint.h)
// with its tokenizer. The message does not name the path.
Result<ModelRef> OpenModelPath(const std::string& path);

// The embedded model of that name, loaded at the first call and kept for the
// life of the process. kWrongModel if there is none.
// Thread-safe.
Result<ModelRef> LoadEmbedded(std::string_view name);

// The embedded model whose file has this hash; null if there is none. Fails if
// it is there but cannot be loaded. Thread-safe.
Result<ModelRef> FindEmbedded(uint64_t hash);

// A level as users see it, and what it sets.
struct Level {
  lentil_level shown;
  LaneLimits limits = {};

  FrameKind preferred() const {
    return static_cast<FrameKind>(shown.frame_kind);
  }
};

// The nearest defined level at or below `level`, 0 … 9.
const Level& LevelOf(int level);

}  // namespace lentil

#endif  // LENTIL_CAPI_MODELS_H_

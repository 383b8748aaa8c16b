// SPDX-License-Identifier: Apache-2.0
// Model files that were linked into this library.

#include "capi/embedded_models.h"

#include <vector>

// embedded_models.inc is written by CMake: one LENTIL_EMBEDDED_MODEL(name) per
// file, whose bytes embedded_models.S puts between two symbols.
#define LENTIL_EMBEDDED_MODEL(name)                  \
  extern "C" const uint8_t lentil_embedded_##name[]; \
  extern "C" const uint8_t lentil_embedded_##name##_end[];
#include "embedded_models.inc"
#undef LENTIL_EMBEDDED_MODEL

namespace lentil {

std::span<const EmbeddedFile> EmbeddedFiles() {
#define LENTIL_EMBEDDED_MODEL(name) \
  {#name, {lentil_embedded_##name, lentil_embedded_##name##_end}},
  static const std::vector<EmbeddedFile> files = {
#include "embedded_models.inc"
  };
#undef LENTIL_EMBEDDED_MODEL
  return files;
}

const EmbeddedFile* FindEmbeddedFile(std::string_view name) {
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (name == file.name) return &file;
  }
  return nullptr;
}

}  // namespace lentil

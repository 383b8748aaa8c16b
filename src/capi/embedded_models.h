// SPDX-License-Identifier: Apache-2.0
// Model files that were linked into this library.

#ifndef LENTIL_CAPI_EMBEDDED_MODELS_H_
#define LENTIL_CAPI_EMBEDDED_MODELS_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace lentil {

// A native model file, as it lay in models/ when the library was built.
struct EmbeddedFile {
  const char* name;  // file name without ".lentil"
  std::span<const uint8_t> bytes;
};

// All of them, smallest first. Costs nothing: they are mapped with
// the program and touched only when read.
std::span<const EmbeddedFile> EmbeddedFiles();

// The one of that name, or nullptr.
const EmbeddedFile* FindEmbeddedFile(std::string_view name);

}  // namespace lentil

#endif  // LENTIL_CAPI_EMBEDDED_MODELS_H_

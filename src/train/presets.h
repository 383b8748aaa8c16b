// SPDX-License-Identifier: Apache-2.0
// The sizes a user can ask for, after the three of "Language Modeling Is
// Compression" (section 3, 0.2M / 0.8M / 3.2M parameters), and a tiny one for
// tests and for little data.

#ifndef LENTIL_TRAIN_PRESETS_H_
#define LENTIL_TRAIN_PRESETS_H_

#include <span>
#include <string_view>

#include "model/config.h"

namespace lentil {

struct Preset {
  std::string_view name;
  DecoderConfig config;
  size_t max_stored_bytes;  // a native model of this preset is never larger
};

std::span<const Preset> Presets();

// nullptr if there is none of this name.
const Preset* FindPreset(std::string_view name);

}  // namespace lentil

#endif  // LENTIL_TRAIN_PRESETS_H_

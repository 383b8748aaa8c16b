// SPDX-License-Identifier: Apache-2.0
// The table of presets.

#include "train/presets.h"

namespace lentil {
namespace {

const Preset kPresets[] = {
    {.name = "nano",
     .config = {.d_model = 64,
                .heads = 2,
                .kv_heads = 1,
                .head_dim = 32,
                .d_mlp = 256,
                .offsets = 5,
                .windows = {64, 64, 128, 256}},
     .max_stored_bytes = 300'000},
    {.name = "small",
     .config = {.d_model = 128,
                .heads = 4,
                .kv_heads = 1,
                .head_dim = 32,
                .d_mlp = 512,
                .offsets = 7,
                .windows = {64, 64, 256, 128}},
     .max_stored_bytes = 1'000'000},
    {.name = "base",
     .config = {.d_model = 256,
                .heads = 8,
                .kv_heads = 2,
                .head_dim = 32,
                .d_mlp = 1024,
                .offsets = 8,
                .windows = {64, 128, 256, 512}},
     .max_stored_bytes = 3'800'000},
};

}  // namespace

std::span<const Preset> Presets() { return kPresets; }

const Preset* FindPreset(std::string_view name) {
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

}  // namespace lentil

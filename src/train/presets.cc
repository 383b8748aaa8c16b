// SPDX-License-Identifier: Apache-2.0
// The table of presets.

#include "train/presets.h"

namespace lentil {
namespace {

const Preset kPresets[] = {
    {.name = "tiny",
     .config = {.d_model = 32,
                .heads = 1,
                .kv_heads = 1,
                .head_dim = 32,
                .d_mlp = 128,
                .inputs = LastBytes(3),
                .windows = {32, 64}},
     .max_stored_bytes = 80'000},
    {.name = "nano",
     .config = {.d_model = 64,
                .heads = 2,
                .kv_heads = 1,
                .head_dim = 32,
                .d_mlp = 256,
                .inputs = LastBytes(5),
                .windows = {64, 64, 128, 256}},
     .max_stored_bytes = 300'000},
    {.name = "small",
     .config = {.d_model = 128,
                .heads = 4,
                .kv_heads = 1,
                .head_dim = 32,
                .d_mlp = 512,
                .inputs = LastBytes(7),
                .windows = {64, 64, 256, 128}},
     .max_stored_bytes = 1'000'000},
    {.name = "base",
     .config = {.d_model = 256,
                .heads = 8,
                .kv_heads = 2,
                .head_dim = 32,
                .d_mlp = 1024,
                .inputs = LastBytes(8),
                .windows = {64, 128, 256, 512}},
     .max_stored_bytes = 3'800'000},
    // For sets of "Language Modeling Is Compression", nano's shape: gray pixels
    // in rows of 64, samples of one byte, samples of two. Tables of sums tell
    // what surfaces and lines of each order predict, which a small network is
    // slow to learn.
    {.name = "gray",
     .config = {.d_model = 64,
                .heads = 2,
                .kv_heads = 1,
                .head_dim = 32,
                .d_mlp = 256,
                .inputs = {{1},
                           {2},
                           {64},
                           {128},
                           {65},
                           {63},
                           {64, 1, -65},
                           {1, 1, -2},
                           {64, 64, -128},
                           {63, 1, -64}},
                .windows = {128, 128, 192, 256}},
     .max_stored_bytes = 400'000},
    {.name = "audio8",
     .config = {.d_model = 64,
                .heads = 2,
                .kv_heads = 1,
                .head_dim = 32,
                .d_mlp = 256,
                .inputs = {{1},
                           {2},
                           {3},
                           {4},
                           {1, 1, -2},
                           {1, 1, 1, -2, -2, -2, 3},
                           {1, 2, -3},
                           {1, -2}},
                .windows = {64, 64, 128, 256}},
     .max_stored_bytes = 400'000},
    {.name = "audio16",
     .config = {.d_model = 64,
                .heads = 2,
                .kv_heads = 1,
                .head_dim = 32,
                .d_mlp = 256,
                .inputs = {{1},
                           {2},
                           {3},
                           {4},
                           {2, -4},
                           {2, 2, -4},
                           {2, 2, 2, -4, -4, -4, 6},
                           {1, -3},
                           {1, -3, -3, 5},
                           {2, 4, -6}},
                .windows = {64, 64, 128, 256}},
     .max_stored_bytes = 400'000},
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

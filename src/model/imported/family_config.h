// SPDX-License-Identifier: Apache-2.0
// What configurations of several families have in common, as parts of a spec.

#ifndef LENTIL_MODEL_IMPORTED_FAMILY_CONFIG_H_
#define LENTIL_MODEL_IMPORTED_FAMILY_CONFIG_H_

#include <cstdint>

#include "model/imported/config_reader.h"
#include "model/imported/spec.h"

namespace lentil {

// Sizes under all the names they go by; every layer alike, not rotated, with
// the usual attention scale 1 ÷ √head_dim.
void ReadSizes(Config& c, TransformerSpec* s);

// The table of the configuration's rope keys, for texts of up to `context`
// positions. `fraction` of each head is rotated unless a key says else. `kind`
// is a key of nested rope_parameters.
RotaryTable ReadRotary(Config& c, const TransformerSpec& s, double fraction,
                       uint32_t context, const char* kind = nullptr);
// The same for every layer.
void UseRotary(Config& c, TransformerSpec* s, uint32_t context,
               double fraction = 1);

// The same attention scale for every layer.
void UseScale(TransformerSpec* s, double scale);

// A window in the layers that "layer_types" names, or without it in those that
// `has_window` says.
using HasWindow = bool (*)(uint32_t layer, uint32_t parameter);
void UseWindows(Config& c, uint32_t window, HasWindow has_window,
                uint32_t parameter, TransformerSpec* s);
inline bool EveryLayer(uint32_t, uint32_t) { return true; }
inline bool NoLayer(uint32_t, uint32_t) { return false; }

Activation ReadActivation(Config& c, const char* fallback);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_FAMILY_CONFIG_H_

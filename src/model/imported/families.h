// SPDX-License-Identifier: Apache-2.0
// The families of decoders that lentil opens: a row each. docs/add-a-family.md
// says how to add one.

#ifndef LENTIL_MODEL_IMPORTED_FAMILIES_H_
#define LENTIL_MODEL_IMPORTED_FAMILIES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/imported/plan.h"

namespace lentil {

class Gguf;

// Reads config.json. `context` is the longest text that will be read at once,
// 0 = as long as the model was trained for; some rotary scalings ask.
// kUnsupported names the family or the feature; kCorrupt the key.
Result<DecoderPlan> PlanFromConfig(std::string_view config_json,
                                   uint32_t context);

// The same from the metadata of a GGUF file.
Result<DecoderPlan> PlanFromGguf(const Gguf& gguf, uint32_t context);

// Values of "model_type" and "general.architecture" that are known.
std::vector<std::string> KnownModelTypes();
std::vector<std::string> KnownGgufArchitectures();

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_FAMILIES_H_

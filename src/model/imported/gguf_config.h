// SPDX-License-Identifier: Apache-2.0
// What a decoder computes, as metadata of a GGUF file.

#ifndef LENTIL_MODEL_IMPORTED_GGUF_CONFIG_H_
#define LENTIL_MODEL_IMPORTED_GGUF_CONFIG_H_

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/imported/gguf_names.h"
#include "weights/checkpoint.h"
#include "weights/gguf_writer.h"

namespace lentil {

// The architecture that says the same as a configuration's model_type.
// kUnsupported lists the types for which there is one.
Result<GgufArchitecture> GgufArchitectureOf(const std::string& model_type);

// Keys of the architecture, and what the file has beside them as tensors:
// divisors of rotary frequencies, by name.
struct GgufConfig {
  GgufMetadata metadata;
  std::map<std::string, std::vector<float>> tensors;
};

// Of a checkpoint that is no GGUF file. Errors are those of PlanFromConfig.
Result<GgufConfig> WriteGgufConfig(const Checkpoint& checkpoint,
                                   const GgufArchitecture& architecture);

// OK if a file of these computes what the checkpoint does, for texts of any
// length that it was trained for. kUnsupported names what differs.
Status CheckSameConfig(const Checkpoint& checkpoint, const Gguf& gguf);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_GGUF_CONFIG_H_

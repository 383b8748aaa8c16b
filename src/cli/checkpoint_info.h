// SPDX-License-Identifier: Apache-2.0
// What `lentil model info` says of a checkpoint of other origin.

#ifndef LENTIL_CLI_CHECKPOINT_INFO_H_
#define LENTIL_CLI_CHECKPOINT_INFO_H_

#include <cstdint>
#include <map>
#include <string>

#include "base/status.h"
#include "model/imported/spec.h"

namespace lentil {

struct CheckpointInfo {
  std::string source;  // as it was named
  uint64_t bytes = 0;  // of all files
  uint64_t weights = 0;
  uint64_t hash = 0;
  TransformerSpec spec;
  std::map<std::string, uint64_t> types;  // tensors of each element type
  uint32_t tokens = 0;                    // of the tokenizer; 0 = none
  std::string no_tokenizer;               // why there is none
};

// Opens it as compress would, but for a tokenizer that is missing.
Result<CheckpointInfo> DescribeCheckpoint(const std::string& path);

std::string InfoText(const CheckpointInfo& info);
std::string InfoJson(const CheckpointInfo& info);  // one JSON object

}  // namespace lentil

#endif  // LENTIL_CLI_CHECKPOINT_INFO_H_

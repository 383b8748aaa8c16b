// SPDX-License-Identifier: Apache-2.0
// A trained model of tokens as a checkpoint: a folder that `lentil -m` opens.

#ifndef LENTIL_TRAIN_EXPORT_TOKENS_H_
#define LENTIL_TRAIN_EXPORT_TOKENS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "train/parameters.h"

namespace lentil {

// Names of the files in the folder.
inline constexpr const char* kTokenModelFiles[] = {
    "model.safetensors", "config.json", "tokenizer.json"};

// Makes the folder if need be and writes float32 weights, the configuration of
// a decoder of the family "lentil_tokens" (model/imported/families.cc), and
// `tokenizer_json`; each file to a temporary name, then renamed. `card` says
// where the model is from, as metadata of the weights. kInvalidArgument if a
// value is not finite.
Status ExportTokenModel(const ParameterLayout& layout,
                        const std::vector<float>& parameters,
                        const std::string& tokenizer_json,
                        const std::string& card, const std::string& folder);

}  // namespace lentil

#endif  // LENTIL_TRAIN_EXPORT_TOKENS_H_

// SPDX-License-Identifier: Apache-2.0
// lentil model quantize.

#ifndef LENTIL_CLI_MODEL_QUANTIZE_H_
#define LENTIL_CLI_MODEL_QUANTIZE_H_

#include <string>

#include "cli/exit_code.h"
#include "cli/talk.h"
#include "weights/quantize_gguf.h"

namespace lentil {

// A GGUF file `in` as `out`, replacing it only if `overwrite`.
ExitCode QuantizeModel(const std::string& in, const std::string& out,
                       bool overwrite, const QuantizeOptions& options,
                       Talk* talk);

}  // namespace lentil

#endif  // LENTIL_CLI_MODEL_QUANTIZE_H_

// SPDX-License-Identifier: Apache-2.0
// lentil model convert, lentil model quantize: a checkpoint as a GGUF file.

#ifndef LENTIL_CLI_MODEL_COPY_H_
#define LENTIL_CLI_MODEL_COPY_H_

#include <optional>
#include <string>

#include "cli/exit_code.h"
#include "cli/talk.h"
#include "weights/tensor.h"

namespace lentil {

struct ModelCopy {
  std::string in;
  std::string out;
  bool overwrite = false;
  std::optional<DType> dtype;  // of matrices; as they are without
  bool requantize = false;     // see QuantizeOptions
};

// What is not GGUF is converted, what is GGUF quantised.
ExitCode CopyModel(const ModelCopy& copy, Talk* talk);

}  // namespace lentil

#endif  // LENTIL_CLI_MODEL_COPY_H_

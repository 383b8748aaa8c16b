// SPDX-License-Identifier: Apache-2.0
// A GGUF file with its matrices in blocks of fewer bits.

#ifndef LENTIL_WEIGHTS_QUANTIZE_GGUF_H_
#define LENTIL_WEIGHTS_QUANTIZE_GGUF_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "weights/gguf.h"
#include "weights/gguf_writer.h"

namespace lentil {

struct QuantizeOptions {
  DType dtype = DType::kQ8_0;  // what CanQuantize
  bool requantize = false;     // matrices that are blocks already, from floats
};

struct QuantizeReport {
  uint64_t weights = 0;
  uint64_t bytes_before = 0;  // of the tensors
  uint64_t bytes_after = 0;
  std::vector<std::string> halved;  // rows that are no whole blocks: now F16
};

// general.file_type of a file whose matrices are of this type, as llama.cpp
// numbers it: of what CanQuantize, F32, F16 and BF16.
uint32_t GgufFileType(DType dtype);

// Writes `gguf` again through `sink`. Matrices (two dimensions and more) become
// blocks, but for tables of positions and norms of heads; vectors, integers and
// metadata stay, save for general.file_type. Holds one tensor at a time; about
// 5 ns a weight. kInvalidArgument names a matrix of blocks unless `requantize`,
// one of the target type excepted, and a weight that is not finite or too
// large. Call it under ScopedFpMode.
Result<QuantizeReport> QuantizeGguf(const Gguf& gguf,
                                    const QuantizeOptions& options,
                                    const GgufSink& sink);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_QUANTIZE_GGUF_H_

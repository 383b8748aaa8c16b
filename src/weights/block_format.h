// SPDX-License-Identifier: Apache-2.0
// How each block type of GGUF lies in bytes.

#ifndef LENTIL_WEIGHTS_BLOCK_FORMAT_H_
#define LENTIL_WEIGHTS_BLOCK_FORMAT_H_

#include <cstdint>

#include "weights/code_rows.h"
#include "weights/tensor.h"

namespace lentil {

// Most weights in a block, and most scales.
inline constexpr uint32_t kMaxBlockWeights = 256;
inline constexpr uint32_t kMaxBlockScales = 16;

struct BlockFormat {
  DType dtype;
  CodeLayout layout;
  // Reads one block. Writes minimums only if the layout has them.
  void (*unpack)(const uint8_t* block, uint8_t* code, float* scale,
                 float* minimum);
};

// Null for types that are not blocks.
const BlockFormat* BlockFormatOf(DType dtype);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_BLOCK_FORMAT_H_

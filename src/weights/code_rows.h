// SPDX-License-Identifier: Apache-2.0
// Block-quantised weights as integers with scales, for integer kernels:
//
//   w[i] = scale[i / block] × (code[i] − offset) + minimum[i / block]
//
// This, in float32 with each operation rounded, is what ReadFloats
// (float_tensor.h) gives, bit for bit. The product is exact (a scale has 19
// bits at most, a code 8); where there is no minimum nothing is added.

#ifndef LENTIL_WEIGHTS_CODE_ROWS_H_
#define LENTIL_WEIGHTS_CODE_ROWS_H_

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "weights/tensor.h"

namespace lentil {

struct CodeLayout {
  uint32_t block;  // weights that share a scale: 16 or 32
  uint32_t bits;   // 4: codes are 0 … 15; 8: 0 … 255
  int32_t offset;
  bool has_minimum;
};

// Nothing for types that are not blocks.
std::optional<CodeLayout> CodeLayoutOf(DType dtype);

// Row `row` of a tensor, n = its last dimension: codes[n], scale[n / block],
// and minimum[n / block], which may be null unless the layout has minimums.
// kUnsupported for types that are not blocks, kInvalidArgument for a row that
// is not there. Scales and minimums are as the file has them: perhaps not
// finite.
Status ReadCodes(const TensorView& tensor, uint64_t row, uint8_t* codes,
                 float* scale, float* minimum);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_CODE_ROWS_H_

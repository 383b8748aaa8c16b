// SPDX-License-Identifier: Apache-2.0
// Tensors as float32, whatever the file has.

#ifndef LENTIL_WEIGHTS_FLOAT_TENSOR_H_
#define LENTIL_WEIGHTS_FLOAT_TENSOR_H_

#include <cstdint>

#include "base/status.h"
#include "weights/tensor.h"

namespace lentil {

// out[count] = elements [first, first + count) in row-major order. Exact for
// F32, F16 and BF16; F64 is rounded to nearest; blocks are as code_rows.h says.
// `first` and `count` must be multiples of the dtype's block, else
// kInvalidArgument, as beyond the end. kUnsupported for integers and BOOL.
// Call it under ScopedFpMode. No memory; about 1 ns an element at most.
Status ReadFloats(const TensorView& tensor, uint64_t first, uint64_t count,
                  float* out);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_FLOAT_TENSOR_H_

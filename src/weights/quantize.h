// SPDX-License-Identifier: Apache-2.0
// Floats to blocks, and to the plain types of files.
//
// With a the block's weights, all operations in float32, and the scale and the
// minimum rounded to float16 (nearest even) only where they are stored:
//
//   Q8_0  s = max |a| ÷ 127             code = a × (1 ÷ s), halves away from 0
//   Q4_0  s = (a of largest |a|) ÷ −8   code = ⌊a × (1 ÷ s) + 8.5⌋, at most 15
//   Q4_1  m = min a, s = (max a − m) ÷ 15
//                                       code = ⌊(a − m) × (1 ÷ s) + 0.5⌋, ≤ 15
//
// (of several largest the first). 1 ÷ s is 0 where s is 0 or its inverse is
// infinite. The bytes are those of gguf.quants.quantize in Python.

#ifndef LENTIL_WEIGHTS_QUANTIZE_H_
#define LENTIL_WEIGHTS_QUANTIZE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "weights/tensor.h"

namespace lentil {

// Largest weight: the largest float16.
inline constexpr float kMaxQuantized = 65504;

// Whether QuantizeRow writes this type: Q8_0, Q4_0 and Q4_1.
bool CanQuantize(DType dtype);

// Appends the row's blocks. kInvalidArgument, with nothing appended, if the row
// is not whole blocks, a weight is not finite or larger than kMaxQuantized, or
// the type is not one that CanQuantize. Call it under ScopedFpMode.
Status QuantizeRow(DType dtype, std::span<const float> row,
                   std::vector<uint8_t>* out);

// The same for any type that floats are written as: F32 (any values), F16 and
// BF16 (rounded to nearest even; kInvalidArgument if one is not finite, or not
// so any more), and what CanQuantize.
Status StoreRow(DType dtype, std::span<const float> row,
                std::vector<uint8_t>* out);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_QUANTIZE_H_

// SPDX-License-Identifier: Apache-2.0

#include "weights/code_rows.h"

#include <string>

#include "weights/block_format.h"

namespace lentil {

std::optional<CodeLayout> CodeLayoutOf(DType dtype) {
  const BlockFormat* format = BlockFormatOf(dtype);
  if (format == nullptr) return std::nullopt;
  return format->layout;
}

Status ReadCodes(const TensorView& tensor, uint64_t row, uint8_t* codes,
                 float* scale, float* minimum) {
  const BlockFormat* format = BlockFormatOf(tensor.dtype);
  if (format == nullptr) {
    return Status(Code::kUnsupported, std::string(DTypeName(tensor.dtype)) +
                                          " is not made of blocks");
  }
  const DTypeBlockSize size = DTypeBlock(tensor.dtype);
  const uint64_t blocks = tensor.shape.back() / size.elements;
  const uint64_t row_bytes = blocks * size.bytes;
  if (row_bytes == 0 || row >= tensor.bytes.size() / row_bytes) {
    return Status(Code::kInvalidArgument,
                  "there is no row " + std::to_string(row));
  }
  const uint32_t scales = size.elements / format->layout.block;
  const uint8_t* from = tensor.bytes.data() + row * row_bytes;
  for (uint64_t i = 0; i < blocks; ++i) {
    format->unpack(from + i * size.bytes, codes + i * size.elements,
                   scale + i * scales,
                   minimum == nullptr ? nullptr : minimum + i * scales);
  }
  return Status();
}

}  // namespace lentil

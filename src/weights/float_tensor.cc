// SPDX-License-Identifier: Apache-2.0

#include "weights/float_tensor.h"

#include <string>

#include "weights/block_format.h"
#include "weights/half.h"

namespace lentil {
namespace {

// Elements of a plain type, each converted by itself.
template <class T, class Convert>
void ReadPlain(const uint8_t* bytes, uint64_t count, Convert convert,
               float* out) {
  for (uint64_t i = 0; i < count; ++i) {
    T element;
    std::memcpy(&element, bytes + i * sizeof(T), sizeof(T));
    out[i] = convert(element);
  }
}

void ReadBlocks(const BlockFormat& format, const uint8_t* bytes, uint64_t count,
                float* out) {
  const CodeLayout& layout = format.layout;
  const DTypeBlockSize size = DTypeBlock(format.dtype);
  uint8_t code[kMaxBlockWeights];
  float scale[kMaxBlockScales];
  float minimum[kMaxBlockScales];
  for (uint64_t at = 0; at < count; at += size.elements, bytes += size.bytes) {
    float* weight = out + at;
    format.unpack(bytes, code, scale, minimum);
    for (size_t i = 0; i < size.elements; ++i) {
      weight[i] = static_cast<float>(code[i] - layout.offset);
    }
    for (size_t k = 0; k < size.elements / layout.block; ++k) {
      float* group = weight + k * layout.block;
      for (size_t i = 0; i < layout.block; ++i) group[i] *= scale[k];
      if (!layout.has_minimum) continue;
      for (size_t i = 0; i < layout.block; ++i) group[i] += minimum[k];
    }
  }
}

}  // namespace

Status ReadFloats(const TensorView& tensor, uint64_t first, uint64_t count,
                  float* out) {
  const DTypeBlockSize block = DTypeBlock(tensor.dtype);
  const uint64_t elements = tensor.ElementCount();
  if (first > elements || count > elements - first ||
      first % block.elements != 0 || count % block.elements != 0) {
    return Status(Code::kInvalidArgument,
                  "no such elements, or parts of blocks");
  }
  const uint8_t* bytes =
      tensor.bytes.data() + first / block.elements * block.bytes;
  switch (tensor.dtype) {
    case DType::kF64:
      ReadPlain<double>(
          bytes, count, [](double x) { return static_cast<float>(x); }, out);
      return Status();
    case DType::kF32:
      ReadPlain<float>(
          bytes, count, [](float x) { return x; }, out);
      return Status();
    case DType::kF16:
      ReadPlain<uint16_t>(bytes, count, FloatOfHalf, out);
      return Status();
    case DType::kBf16:
      ReadPlain<uint16_t>(bytes, count, FloatOfBf16, out);
      return Status();
    default:
      break;
  }
  const BlockFormat* format = BlockFormatOf(tensor.dtype);
  if (format == nullptr) {
    return Status(Code::kUnsupported,
                  std::string(DTypeName(tensor.dtype)) + " holds no weights");
  }
  ReadBlocks(*format, bytes, count, out);
  return Status();
}

}  // namespace lentil

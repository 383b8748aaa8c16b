// SPDX-License-Identifier: Apache-2.0

#include "weights/quantize_gguf.h"

#include <map>
#include <optional>
#include <utility>

#include "base/messages.h"
#include "weights/float_tensor.h"
#include "weights/quantize.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

bool IsFloat(DType dtype) {
  return dtype == DType::kF64 || dtype == DType::kF32 || dtype == DType::kF16 ||
         dtype == DType::kBf16;
}

bool IsBlocks(DType dtype) { return DTypeBlock(dtype).elements > 1; }

bool IsMatrix(const std::string& name, const TensorView& tensor) {
  return tensor.shape.size() >= 2 &&
         (IsFloat(tensor.dtype) || IsBlocks(tensor.dtype)) &&
         !name.starts_with("position_embd") &&
         name.find("norm") == std::string::npos;  // of each head, maybe
}

// What becomes of a tensor.
Result<DType> Target(const std::string& name, const TensorView& tensor,
                     const QuantizeOptions& options) {
  if (!IsMatrix(name, tensor) || tensor.dtype == options.dtype) {
    return tensor.dtype;
  }
  if (IsBlocks(tensor.dtype) && !options.requantize) {
    return Status(Code::kInvalidArgument,
                  "tensor " + Quoted(name) + " is " +
                      std::string(DTypeName(tensor.dtype)) +
                      " already; --requantize does it all the same, from what "
                      "those blocks say");
  }
  const bool fits =
      tensor.shape.back() % DTypeBlock(options.dtype).elements == 0;
  return fits ? options.dtype : DType::kF16;
}

Status Convert(const TensorView& tensor, DType dtype, Bytes* out) {
  if (dtype == tensor.dtype) {
    out->assign(tensor.bytes.begin(), tensor.bytes.end());
    return Status();
  }
  out->reserve(*TensorBytes(dtype, tensor.shape));
  const uint64_t width = tensor.shape.back();
  std::vector<float> row(width);
  for (uint64_t at = 0; at < tensor.ElementCount(); at += width) {
    LENTIL_RETURN_IF_ERROR(ReadFloats(tensor, at, width, row.data()));
    LENTIL_RETURN_IF_ERROR(StoreRow(dtype, row, out));
  }
  return Status();
}

}  // namespace

uint32_t GgufFileType(DType dtype) {
  switch (dtype) {
    case DType::kF16:
      return 1;
    case DType::kQ4_0:
      return 2;
    case DType::kQ4_1:
      return 3;
    case DType::kQ8_0:
      return 7;
    case DType::kBf16:
      return 32;
    default:
      return 0;  // F32
  }
}

Result<QuantizeReport> QuantizeGguf(const Gguf& gguf,
                                    const QuantizeOptions& options,
                                    const GgufSink& sink) {
  if (!CanQuantize(options.dtype)) {
    return Status(Code::kInvalidArgument,
                  std::string(DTypeName(options.dtype)) + " is not written");
  }
  GgufMetadata metadata;
  for (const auto& [key, value] : gguf.metadata()) metadata.Set(key, value);
  metadata.SetUint32("general.file_type", GgufFileType(options.dtype));
  metadata.SetUint32("general.quantization_version", 2);
  QuantizeReport report;
  std::map<std::string, GgufShape> shapes;
  for (const auto& [name, tensor] : gguf.tensors()) {
    LENTIL_ASSIGN_OR_RETURN(const DType dtype, Target(name, tensor, options));
    if (dtype == DType::kF16 && tensor.dtype != DType::kF16) {
      report.halved.push_back(name);
    }
    shapes[name] = {dtype, tensor.shape};
    report.weights += tensor.ElementCount();
    report.bytes_before += tensor.bytes.size();
    report.bytes_after += *TensorBytes(dtype, tensor.shape);
  }
  LENTIL_RETURN_IF_ERROR(WriteGguf(
      metadata, shapes,
      [&](const std::string& name, Bytes* bytes) {
        return Convert(gguf.tensors().at(name), shapes.at(name).dtype, bytes)
            .WithContext("tensor " + Quoted(name));
      },
      sink));
  return report;
}

}  // namespace lentil

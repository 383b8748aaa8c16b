// SPDX-License-Identifier: Apache-2.0

#include "model/imported/linear.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "weights/code_rows.h"
#include "weights/float_tensor.h"

namespace lentil {
namespace {

// A tensor [k, columns] as rows of the other order.
Result<std::vector<float>> ReadTransposed(const TensorView& tensor, size_t k) {
  const uint64_t columns = tensor.shape.back();
  std::vector<float> row(columns), out(columns * k);
  for (size_t i = 0; i < k; ++i) {
    LENTIL_RETURN_IF_ERROR(
        ReadFloats(tensor, i * columns, columns, row.data()));
    for (uint64_t j = 0; j < columns; ++j) out[j * k + i] = row[j];
  }
  return out;
}

std::optional<FloatType> HalfType(DType dtype) {
  if (dtype == DType::kF16) return FloatType::kFloat16;
  if (dtype == DType::kBf16) return FloatType::kBfloat16;
  return std::nullopt;
}

}  // namespace

Result<Linear> Linear::Load(const LinearSource& source) {
  Linear linear;
  linear.n_ = source.n;
  linear.k_ = source.k;
  const std::optional<CodeLayout> layout = CodeLayoutOf(source.weight.dtype);
  linear.coded_ =
      layout.has_value() && !source.transposed && source.k % kCodeRowBlock == 0;
  if (linear.coded_) {
    linear.format_ = {layout->block, layout->bits, layout->offset,
                      layout->has_minimum};
    LENTIL_RETURN_IF_ERROR(linear.PackCodes(source));
  } else {
    const std::optional<FloatType> half = HalfType(source.weight.dtype);
    if (!half || !linear.PackHalves(source, *half)) {
      LENTIL_RETURN_IF_ERROR(linear.PackFloats(source));
    }
  }
  if (source.bias) {
    linear.bias_.resize(PadToPanel(source.n));
    for (uint32_t j = 0; j < source.n; ++j) {
      LENTIL_RETURN_IF_ERROR(
          ReadFloats(*source.bias, source.runs.Row(j), 1, &linear.bias_[j]));
    }
  }
  return linear;
}

// False if a weight is not finite, which the kernels do not widen.
bool Linear::PackHalves(const LinearSource& source, FloatType type) {
  const uint32_t exponent = type == FloatType::kFloat16 ? 0x7c00 : 0x7f80;
  const uint64_t columns = source.weight.shape.back();
  AlignedBytes bytes(PadToPanel(n_) * k_ * sizeof(uint16_t));
  auto* packed = reinterpret_cast<uint16_t*>(bytes.data());
  std::vector<uint16_t> rows(kPanel * k_);
  for (size_t j = 0; j < n_; j += kPanel) {
    const size_t count = std::min(kPanel, n_ - j);
    for (size_t at = 0; at < count * k_; ++at) {
      const uint64_t row = source.runs.Row(j + at / k_);
      const uint64_t from =
          source.transposed ? at % k_ * columns + row : row * k_ + at % k_;
      std::memcpy(&rows[at], source.weight.bytes.data() + from * 2, 2);
      if ((rows[at] & exponent) == exponent) return false;
    }
    PackFloatPanel(rows.data(), count, k_, packed + j * k_);
  }
  packed_ = std::move(bytes);
  type_ = type;
  return true;
}

Status Linear::PackFloats(const LinearSource& source) {
  packed_ = AlignedBytes(PadToPanel(n_) * k_ * sizeof(float));
  auto* packed = reinterpret_cast<float*>(packed_.data());
  std::vector<float> rows(kPanel * k_), transposed;
  if (source.transposed) {
    LENTIL_ASSIGN_OR_RETURN(transposed, ReadTransposed(source.weight, k_));
  }
  for (size_t j = 0; j < n_; j += kPanel) {
    const size_t count = std::min(kPanel, n_ - j);
    for (size_t i = 0; i < count; ++i) {
      const uint64_t row = source.runs.Row(j + i);
      float* out = rows.data() + i * k_;
      if (source.transposed) {
        std::copy_n(transposed.begin() + static_cast<ptrdiff_t>(row * k_), k_,
                    out);
      } else {
        LENTIL_RETURN_IF_ERROR(ReadFloats(source.weight, row * k_, k_, out));
      }
    }
    PackFloatPanel(rows.data(), count, k_, packed + j * k_);
  }
  return Status();
}

Status Linear::PackCodes(const LinearSource& source) {
  const size_t blocks = k_ / format_.block;
  const size_t panel_bytes = CodePanelBytes(format_, k_);
  packed_ = AlignedBytes(PadToPanel(n_) / kPanel * panel_bytes);
  std::vector<uint8_t> codes(kPanel * k_);
  std::vector<float> scale(kPanel * blocks), minimum(kPanel * blocks);
  for (size_t j = 0; j < n_; j += kPanel) {
    const size_t count = std::min(kPanel, n_ - j);
    for (size_t i = 0; i < count; ++i) {
      LENTIL_RETURN_IF_ERROR(ReadCodes(
          source.weight, source.runs.Row(j + i), codes.data() + i * k_,
          scale.data() + i * blocks, minimum.data() + i * blocks));
    }
    PackCodePanel(format_, codes.data(), scale.data(), minimum.data(), count,
                  k_, packed_.data() + j / kPanel * panel_bytes);
  }
  return Status();
}

size_t Linear::memory_bytes() const {
  return packed_.size() + bias_.size() * sizeof(float);
}

void Linear::Apply(const FloatKernels& kernels, const LinearInput& input,
                   float* out, size_t stride) const {
  if (coded_) {
    kernels.code_linear({.format = format_,
                         .packed = packed_.data(),
                         .n = n_,
                         .k = k_,
                         .x = input.codes,
                         .rows = input.rows,
                         .out = out,
                         .out_stride = stride});
  } else {
    kernels.linear({.type = type_,
                    .packed = packed_.data(),
                    .n = n_,
                    .k = k_,
                    .x = input.x,
                    .x_stride = input.stride,
                    .rows = input.rows,
                    .out = out,
                    .out_stride = stride});
  }
  if (bias_.empty()) return;
  for (size_t r = 0; r < input.rows; ++r) {
    for (size_t j = 0; j < n_; ++j) out[r * stride + j] += bias_[j];
  }
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "weights/quantize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "base/endian.h"
#include "weights/half.h"

namespace lentil {
namespace {

constexpr size_t kBlock = 32;

using Block = std::span<const float, kBlock>;

float InverseOf(float scale) {
  const float inverse = 1 / scale;
  return std::isfinite(inverse) ? inverse : 0;
}

float LargestOf(Block a) {
  return *std::max_element(a.begin(), a.end(), [](float x, float y) {
    return std::fabs(x) < std::fabs(y);
  });
}

uint8_t FourBits(float positive) {
  return static_cast<uint8_t>(std::min(positive, 15.0f));
}

// out[16]: codes 0 … 15 in the low halves, 16 … 31 in the high ones.
template <class CodeOf>
void PackNibbles(Block a, CodeOf code_of, uint8_t* out) {
  for (size_t i = 0; i < kBlock / 2; ++i) {
    out[i] =
        static_cast<uint8_t>(code_of(a[i]) | code_of(a[kBlock / 2 + i]) << 4);
  }
}

void PackQ80(Block a, uint8_t* out) {
  const float scale = std::fabs(LargestOf(a)) / 127;
  const float inverse = InverseOf(scale);
  StoreLe(HalfOfFloat(scale), out);
  for (size_t i = 0; i < kBlock; ++i) {
    const float code = a[i] * inverse;
    const float size = std::fabs(code);
    const float whole = std::floor(size);
    const float rounded = whole + (size - whole >= 0.5f ? 1.0f : 0.0f);
    out[2 + i] =
        static_cast<uint8_t>(static_cast<int>(std::copysign(rounded, code)));
  }
}

void PackQ40(Block a, uint8_t* out) {
  const float scale = LargestOf(a) / -8;
  const float inverse = InverseOf(scale);
  StoreLe(HalfOfFloat(scale), out);
  PackNibbles(
      a, [&](float x) { return FourBits(x * inverse + 8.5f); }, out + 2);
}

void PackQ41(Block a, uint8_t* out) {
  const auto [least, most] = std::minmax_element(a.begin(), a.end());
  const float minimum = *least;
  const float scale = (*most - minimum) / 15;
  const float inverse = InverseOf(scale);
  StoreLe(HalfOfFloat(scale), out);
  StoreLe(HalfOfFloat(minimum), out + 2);
  PackNibbles(
      a, [&](float x) { return FourBits((x - minimum) * inverse + 0.5f); },
      out + 4);
}

using Pack = void (*)(Block, uint8_t*);

Pack PackOf(DType dtype) {
  switch (dtype) {
    case DType::kQ8_0:
      return PackQ80;
    case DType::kQ4_0:
      return PackQ40;
    case DType::kQ4_1:
      return PackQ41;
    default:
      return nullptr;
  }
}

// 16 bits each, in which `infinity` and what is above has no finite value.
Status StoreHalves(std::span<const float> row, uint16_t (*half_of)(float),
                   uint16_t infinity, DType dtype, std::vector<uint8_t>* out) {
  const size_t begin = out->size();
  for (const float x : row) {
    const uint16_t half = half_of(x);
    if ((half & 0x7fff) >= infinity) {
      out->resize(begin);
      return Status(Code::kInvalidArgument,
                    "a weight is not finite or too large for " +
                        std::string(DTypeName(dtype)));
    }
    AppendLe(half, out);
  }
  return Status();
}

}  // namespace

bool CanQuantize(DType dtype) { return PackOf(dtype) != nullptr; }

Status QuantizeRow(DType dtype, std::span<const float> row,
                   std::vector<uint8_t>* out) {
  const Pack pack = PackOf(dtype);
  if (pack == nullptr || row.size() % kBlock != 0) {
    return Status(Code::kInvalidArgument, "rows of " +
                                              std::to_string(row.size()) +
                                              " weights cannot be written as " +
                                              std::string(DTypeName(dtype)));
  }
  const bool fits = std::all_of(row.begin(), row.end(), [](float x) {
    return std::fabs(x) <= kMaxQuantized;
  });
  if (!fits) {
    return Status(Code::kInvalidArgument,
                  "a weight is not finite or too large for a float16");
  }
  const size_t begin = out->size();
  const uint32_t block_bytes = DTypeBlock(dtype).bytes;
  out->resize(begin + row.size() / kBlock * block_bytes);
  uint8_t* at = out->data() + begin;
  for (size_t i = 0; i < row.size(); i += kBlock, at += block_bytes) {
    pack(row.subspan(i).first<kBlock>(), at);
  }
  return Status();
}

Status StoreRow(DType dtype, std::span<const float> row,
                std::vector<uint8_t>* out) {
  switch (dtype) {
    case DType::kF32:
      for (const float x : row) AppendLe(std::bit_cast<uint32_t>(x), out);
      return Status();
    case DType::kF16:
      return StoreHalves(row, HalfOfFloat, 0x7c00, dtype, out);
    case DType::kBf16:
      return StoreHalves(row, Bf16OfFloat, 0x7f80, dtype, out);
    default:
      return QuantizeRow(dtype, row, out);
  }
}

}  // namespace lentil

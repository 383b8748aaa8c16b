// SPDX-License-Identifier: Apache-2.0
// Names and sizes of element types.

#include "weights/tensor.h"

#include <array>
#include <bit>

namespace lentil {

static_assert(std::endian::native == std::endian::little,
              "tensors are little-endian and are not swapped");

namespace {

struct DTypeInfo {
  std::string_view name;
  DTypeBlockSize block;
};

// In the order of DType. Sizes of blocks: the scales in front, then the codes.
constexpr std::array<DTypeInfo, 23> kDTypes = {{
    {"F64", {1, 8}},
    {"F32", {1, 4}},
    {"F16", {1, 2}},
    {"BF16", {1, 2}},
    {"I64", {1, 8}},
    {"I32", {1, 4}},
    {"I16", {1, 2}},
    {"I8", {1, 1}},
    {"U32", {1, 4}},
    {"U8", {1, 1}},
    {"BOOL", {1, 1}},
    {"Q8_0", {32, 2 + 32}},
    {"Q4_0", {32, 2 + 16}},
    {"Q4_1", {32, 4 + 16}},
    {"Q5_0", {32, 2 + 4 + 16}},
    {"Q5_1", {32, 4 + 4 + 16}},
    {"Q2_K", {256, 4 + 16 + 64}},
    {"Q3_K", {256, 2 + 12 + 32 + 64}},
    {"Q4_K", {256, 4 + 12 + 128}},
    {"Q5_K", {256, 4 + 12 + 32 + 128}},
    {"Q6_K", {256, 2 + 16 + 64 + 128}},
    {"IQ4_NL", {32, 2 + 16}},
    {"IQ4_XS", {256, 4 + 4 + 128}},
}};
static_assert(kDTypes.size() == static_cast<size_t>(DType::kIq4Xs) + 1);

const DTypeInfo& InfoOf(DType dtype) {
  return kDTypes[static_cast<size_t>(dtype)];
}

}  // namespace

std::string_view DTypeName(DType dtype) { return InfoOf(dtype).name; }

std::optional<DType> DTypeFromName(std::string_view name) {
  for (size_t i = 0; i < kDTypes.size(); ++i) {
    if (kDTypes[i].name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

DTypeBlockSize DTypeBlock(DType dtype) { return InfoOf(dtype).block; }

std::optional<uint64_t> TensorBytes(DType dtype,
                                    const std::vector<uint64_t>& shape) {
  const DTypeBlockSize block = DTypeBlock(dtype);
  const uint64_t row = shape.empty() ? 1 : shape.back();
  if (row % block.elements != 0) return std::nullopt;
  uint64_t size = block.bytes;
  if (__builtin_mul_overflow(size, row / block.elements, &size)) {
    return std::nullopt;
  }
  for (size_t i = 0; i + 1 < shape.size(); ++i) {
    if (__builtin_mul_overflow(size, shape[i], &size)) return std::nullopt;
  }
  return size;
}

}  // namespace lentil

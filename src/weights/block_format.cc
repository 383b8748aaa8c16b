// SPDX-License-Identifier: Apache-2.0
// One function for each block type. Blocks of 32 have a scale of their own;
// blocks of 256 ("K") have small integers that scale one or two float16.

#include "weights/block_format.h"

#include "base/endian.h"
#include "weights/half.h"

namespace lentil {
namespace {

// What four bits stand for in the types IQ4: steps that grow outwards.
constexpr int kIq4Offset = 128;
constexpr int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                   1,    13,   25,  38,  53,  69,  89,  113};

float HalfAt(const uint8_t* bytes) {
  return FloatOfHalf(LoadLe<uint16_t>(bytes));
}

// code[2n] = the low halves of n bytes, then their high halves.
void UnpackNibbles(const uint8_t* bytes, size_t n, uint8_t* code) {
  for (size_t i = 0; i < n; ++i) {
    code[i] = bytes[i] & 15;
    code[n + i] = bytes[i] >> 4;
  }
}

// code[32 k + i] |= bits [width × k, width × (k + 1)) of bytes[i], for 32
// bytes, moved up by `shift`.
void OrBits(const uint8_t* bytes, uint32_t width, uint32_t shift,
            uint8_t* code) {
  const uint32_t mask = (1u << width) - 1;
  for (size_t k = 0; k < 8 / width; ++k) {
    for (size_t i = 0; i < 32; ++i) {
      code[32 * k + i] |=
          static_cast<uint8_t>((bytes[i] >> (width * k) & mask) << shift);
    }
  }
}

void MapToIq4(size_t n, uint8_t* code) {
  for (size_t i = 0; i < n; ++i) {
    code[i] = static_cast<uint8_t>(kIq4Values[code[i]] + kIq4Offset);
  }
}

void UnpackQ80(const uint8_t* block, uint8_t* code, float* scale, float*) {
  scale[0] = HalfAt(block);
  for (size_t i = 0; i < 32; ++i) code[i] = block[2 + i] ^ 0x80;  // + 128
}

void UnpackQ40(const uint8_t* block, uint8_t* code, float* scale, float*) {
  scale[0] = HalfAt(block);
  UnpackNibbles(block + 2, 16, code);
}

void UnpackQ41(const uint8_t* block, uint8_t* code, float* scale,
               float* minimum) {
  scale[0] = HalfAt(block);
  minimum[0] = HalfAt(block + 2);
  UnpackNibbles(block + 4, 16, code);
}

// Bytes: the fifth bit of each code, then the lower four.
void UnpackFiveBits(const uint8_t* bytes, uint8_t* code) {
  const auto high = LoadLe<uint32_t>(bytes);
  UnpackNibbles(bytes + 4, 16, code);
  for (size_t i = 0; i < 32; ++i) {
    code[i] |= static_cast<uint8_t>((high >> i & 1) << 4);
  }
}

void UnpackQ50(const uint8_t* block, uint8_t* code, float* scale, float*) {
  scale[0] = HalfAt(block);
  UnpackFiveBits(block + 2, code);
}

void UnpackQ51(const uint8_t* block, uint8_t* code, float* scale,
               float* minimum) {
  scale[0] = HalfAt(block);
  minimum[0] = HalfAt(block + 2);
  UnpackFiveBits(block + 4, code);
}

// scales[16], codes[64], scale of scales, scale of minimums.
void UnpackQ2K(const uint8_t* block, uint8_t* code, float* scale,
               float* minimum) {
  const uint8_t* codes = block + 16;
  const float d = HalfAt(block + 80);
  const float d_minimum = HalfAt(block + 82);
  for (size_t i = 0; i < 16; ++i) {
    scale[i] = d * static_cast<float>(block[i] & 15);
    minimum[i] = -(d_minimum * static_cast<float>(block[i] >> 4));
  }
  for (size_t i = 0; i < 256; ++i) code[i] = 0;
  for (size_t half = 0; half < 2; ++half) {
    OrBits(codes + 32 * half, 2, 0, code + 128 * half);
  }
}

// Third bits[32], codes[64], scales[12] of 6 bits, scale of scales.
void UnpackQ3K(const uint8_t* block, uint8_t* code, float* scale, float*) {
  const uint8_t* codes = block + 32;
  const uint8_t* low = block + 96;    // 16 × 4 bits
  const uint8_t* high = block + 104;  // 16 × 2 bits
  const float d = HalfAt(block + 108);
  for (size_t i = 0; i < 16; ++i) {
    const int bits = (low[i % 8] >> (i / 8 * 4) & 15) |
                     (high[i % 4] >> (i / 4 * 2) & 3) << 4;
    scale[i] = d * static_cast<float>(bits - 32);
  }
  for (size_t i = 0; i < 256; ++i) code[i] = 0;
  for (size_t half = 0; half < 2; ++half) {
    OrBits(codes + 32 * half, 2, 0, code + 128 * half);
  }
  OrBits(block, 1, 2, code);
}

// The head of Q4_K and Q5_K: two float16, then 8 scales and 8 minimums of 6
// bits in 12 bytes. The first four of each have bytes of their own, whose upper
// two bits belong to the last four.
void UnpackSixBitScales(const uint8_t* block, float* scale, float* minimum) {
  const float d = HalfAt(block);
  const float d_minimum = HalfAt(block + 2);
  const uint8_t* s = block + 4;
  const uint8_t* m = block + 8;
  const uint8_t* rest = block + 12;
  for (size_t i = 0; i < 4; ++i) {
    scale[i] = d * static_cast<float>(s[i] & 63);
    minimum[i] = -(d_minimum * static_cast<float>(m[i] & 63));
    scale[4 + i] = d * static_cast<float>((rest[i] & 15) | s[i] >> 6 << 4);
    minimum[4 + i] =
        -(d_minimum * static_cast<float>(rest[i] >> 4 | m[i] >> 6 << 4));
  }
}

void UnpackQ4K(const uint8_t* block, uint8_t* code, float* scale,
               float* minimum) {
  UnpackSixBitScales(block, scale, minimum);
  for (size_t i = 0; i < 4; ++i) {
    UnpackNibbles(block + 16 + 32 * i, 32, code + 64 * i);
  }
}

// As Q4_K, with fifth bits[32] in front of the codes.
void UnpackQ5K(const uint8_t* block, uint8_t* code, float* scale,
               float* minimum) {
  UnpackSixBitScales(block, scale, minimum);
  for (size_t i = 0; i < 4; ++i) {
    UnpackNibbles(block + 48 + 32 * i, 32, code + 64 * i);
  }
  OrBits(block + 16, 1, 4, code);
}

// Lower four bits[128], upper two[64], scales[16], scale of scales.
void UnpackQ6K(const uint8_t* block, uint8_t* code, float* scale, float*) {
  const float d = HalfAt(block + 208);
  for (size_t i = 0; i < 16; ++i) {
    scale[i] = d * static_cast<float>(static_cast<int8_t>(block[192 + i]));
  }
  for (size_t half = 0; half < 2; ++half) {
    UnpackNibbles(block + 64 * half, 64, code + 128 * half);
    OrBits(block + 128 + 32 * half, 2, 4, code + 128 * half);
  }
}

void UnpackIq4Nl(const uint8_t* block, uint8_t* code, float* scale, float*) {
  scale[0] = HalfAt(block);
  UnpackNibbles(block + 2, 16, code);
  MapToIq4(32, code);
}

// Scale of scales, upper bits of 8 scales[2], lower bits[4], codes[128].
void UnpackIq4Xs(const uint8_t* block, uint8_t* code, float* scale, float*) {
  const float d = HalfAt(block);
  const uint32_t high = LoadLe<uint16_t>(block + 2);  // 8 × 2 bits
  const auto low = LoadLe<uint32_t>(block + 4);       // 8 × 4 bits
  for (size_t i = 0; i < 8; ++i) {
    const uint32_t bits = (low >> (4 * i) & 15) | (high >> (2 * i) & 3) << 4;
    scale[i] = d * static_cast<float>(static_cast<int>(bits) - 32);
    UnpackNibbles(block + 8 + 16 * i, 16, code + 32 * i);
  }
  MapToIq4(256, code);
}

constexpr BlockFormat kFormats[] = {
    {DType::kQ8_0, {32, 8, 128, false}, UnpackQ80},
    {DType::kQ4_0, {32, 4, 8, false}, UnpackQ40},
    {DType::kQ4_1, {32, 4, 0, true}, UnpackQ41},
    {DType::kQ5_0, {32, 8, 16, false}, UnpackQ50},
    {DType::kQ5_1, {32, 8, 0, true}, UnpackQ51},
    {DType::kQ2K, {16, 4, 0, true}, UnpackQ2K},
    {DType::kQ3K, {16, 4, 4, false}, UnpackQ3K},
    {DType::kQ4K, {32, 4, 0, true}, UnpackQ4K},
    {DType::kQ5K, {32, 8, 0, true}, UnpackQ5K},
    {DType::kQ6K, {16, 8, 32, false}, UnpackQ6K},
    {DType::kIq4Nl, {32, 8, kIq4Offset, false}, UnpackIq4Nl},
    {DType::kIq4Xs, {32, 8, kIq4Offset, false}, UnpackIq4Xs},
};

}  // namespace

const BlockFormat* BlockFormatOf(DType dtype) {
  for (const BlockFormat& format : kFormats) {
    if (format.dtype == dtype) return &format;
  }
  return nullptr;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Packing, and the operations that are the same plain loops on every target.

#include "kernels/floats.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/constants.h"

namespace lentil {

// Per block: 16 scales, 16 minima if there are any, then the codes: four of
// each output in turn. Of two such groups of 4-bit codes the second is in the
// upper halves of the bytes.
size_t CodePanelBytes(const CodeFormat& format, size_t k) {
  const size_t floats = kPanel * sizeof(float) * (format.has_minimum ? 2 : 1);
  return k / format.block * (floats + kPanel * format.block * format.bits / 8);
}

void PackCodePanel(const CodeFormat& format, const uint8_t* codes,
                   const float* scale, const float* minimum, size_t rows,
                   size_t k, uint8_t* panel) {
  const size_t blocks = k / format.block;
  const auto put = [&](const float* values, size_t b) {
    for (size_t j = 0; j < kPanel; ++j) {
      const float value = j < rows ? values[j * blocks + b] : 0.0f;
      std::memcpy(panel + j * sizeof(float), &value, sizeof(value));
    }
    panel += kPanel * sizeof(float);
  };
  const auto code = [&](size_t j, size_t i) {
    return j < rows ? codes[j * k + i] : uint8_t{0};
  };
  const size_t step = format.bits == 4 ? 8 : 4;
  for (size_t b = 0; b < blocks; ++b) {
    put(scale, b);
    if (format.has_minimum) put(minimum, b);
    const size_t end = (b + 1) * format.block;
    for (size_t group = b * format.block; group < end; group += step) {
      for (size_t at = 0; at < kPanel * 4; ++at) {
        const size_t j = at / 4;
        const size_t i = group + at % 4;
        const int high = format.bits == 4 ? code(j, i + 4) << 4 : 0;
        *panel++ = static_cast<uint8_t>(code(j, i) | high);
      }
    }
  }
}

float Finite(float x) {
  const uint32_t magnitude = std::bit_cast<uint32_t>(x) & 0x7fffffffu;
  return magnitude < kInfinityBits ? x : 0.0f;
}

float RoundToBf16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1);
  return std::bit_cast<float>(rounded & 0xffff0000u);
}

namespace {

// LaneSum of value(i), i < n.
template <class Value>
float SumOf(size_t n, Value value) {
  float lane[kPanel] = {};
  size_t i = 0;
  for (; i + kPanel <= n; i += kPanel) {
    for (size_t l = 0; l < kPanel; ++l) lane[l] += value(i + l);
  }
  for (size_t l = 0; i < n; ++i, ++l) lane[l] += value(i);
  for (size_t half = kPanel / 2; half > 0; half /= 2) {
    for (size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

}  // namespace

float LaneSum(const float* x, size_t n) {
  return SumOf(n, [x](size_t i) { return x[i]; });
}

void Norm(const NormArgs& a) {
  const auto n = static_cast<float>(a.n);
  const float m = a.centre ? LaneSum(a.x, a.n) / n : 0.0f;
  const float square = SumOf(a.n, [&](size_t i) {
    const float d = a.x[i] - m;
    return d * d;
  });
  const float r = 1.0f / std::sqrt(square / n + a.epsilon);
  for (size_t i = 0; i < a.n; ++i) {
    float y = (a.x[i] - m) * r;
    if (a.weight != nullptr) y *= a.weight[i];
    if (a.bias != nullptr) y += a.bias[i];
    a.out[i] = y;
  }
}

}  // namespace lentil

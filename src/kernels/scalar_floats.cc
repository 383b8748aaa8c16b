// SPDX-License-Identifier: Apache-2.0
// The reference of the float table: its templates with vectors of one lane, so
// that every operation stands alone and in the order written.

#include <cmath>

#include "kernels/floats-inl.h"
#include "kernels/targets.h"

namespace lentil {
namespace {

struct OneLane {
  using F = float;
  using I = int32_t;
  static constexpr size_t kLanes = 1;
  static constexpr size_t kVectors = 16;
  static constexpr int kFloatRows = 1;
  static constexpr int kCodeRows = 1;

  static F Load(const float* p) { return *p; }
  static void Store(float* p, F x) { *p = x; }
  static F Set(float x) { return x; }
  static F Add(F a, F b) { return a + b; }
  static F Sub(F a, F b) { return a - b; }
  static F Mul(F a, F b) { return a * b; }
  static F Div(F a, F b) { return a / b; }
  static F Fma(F a, F b, F c) { return std::fmaf(a, b, c); }
  static F Min(F a, F b) { return a < b ? a : b; }
  static F Max(F a, F b) { return a > b ? a : b; }
  static F ToFloat(I x) { return static_cast<float>(x); }
  static I ToInt(F x) {  // nearest even, by base/fp_mode.h
    return static_cast<int32_t>(std::nearbyintf(x));
  }
  static I Bits(F x) { return std::bit_cast<int32_t>(x); }
  static F Float(I x) { return std::bit_cast<float>(x); }

  // Modulo 2^32, as vectors have it.
  static I Wrap(uint32_t x) { return static_cast<int32_t>(x); }
  static uint32_t Unsigned(I x) { return static_cast<uint32_t>(x); }
  static I LoadWords(const uint16_t* p) { return *p; }
  static I LoadInt(const void* p) {
    I x;
    std::memcpy(&x, p, sizeof(x));
    return x;
  }
  static void StoreInt(void* p, I x) { std::memcpy(p, &x, sizeof(x)); }
  static void StoreInt8(int8_t* p, const I (&x)[16]) {
    for (int i = 0; i < 16; ++i) p[i] = static_cast<int8_t>(x[i]);
  }
  static I SetInt(int32_t x) { return x; }
  static I AddInt(I a, I b) { return Wrap(Unsigned(a) + Unsigned(b)); }
  static I SubInt(I a, I b) { return Wrap(Unsigned(a) - Unsigned(b)); }
  static I MaxInt(I a, I b) { return a > b ? a : b; }
  static I And(I a, I b) { return a & b; }
  static I Xor(I a, I b) { return a ^ b; }
  template <int kBits>
  static I ShiftLeft(I x) {
    return Wrap(Unsigned(x) << kBits);
  }
  template <int kBits>
  static I ShiftRightSigned(I x) {
    return x >> kBits;
  }
  static int32_t SumInt(I x) { return x; }
  static int32_t LargestInt(I x) { return x; }
  static float Largest(F x) { return x; }

  template <int R, int kBits, int kBlock>
  static void CodeDots(const uint8_t* codes, const int8_t* const* q,
                       I (&dot)[R][16]) {
    for (int j = 0; j < 16; ++j) {
      int32_t sum = 0;
      for (int i = 0; i < kBlock; ++i) {
        // Four of each output in turn; of 4 bits two such groups in a byte.
        const int at = i / (32 / kBits) * 64 + j * 4 + i % 4;
        const bool is_upper = kBits == 4 && i % 8 >= 4;
        const int code =
            kBits == 8 ? codes[at] : codes[at] >> (is_upper ? 4 : 0) & 15;
        sum += code * q[0][i];
      }
      dot[0][j] = sum;
    }
  }
};

constexpr FloatKernels kScalarFloats = kFloatsT<OneLane>;

}  // namespace

const FloatKernels& ScalarFloats() { return kScalarFloats; }

}  // namespace lentil

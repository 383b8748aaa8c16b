// SPDX-License-Identifier: Apache-2.0
// Row kernels for any vector type; scalar.cc says what they compute.
//
// Include from targets' files only: all is in an unnamed namespace, so that the
// linker never shares a function between instruction sets. T is the target:
//   F, I         kLanes floats, kLanes int32
//   kVectors     16 ÷ kLanes: rows are multiples of 16, worked on 16 at a time
//   Load … Sum   one operation each, see avx2.cc

#ifndef LENTIL_KERNELS_ROWS_INL_H_
#define LENTIL_KERNELS_ROWS_INL_H_

#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/constants.h"
#include "kernels/kernels.h"

// Accumulators stay in registers only if loops over them are unrolled, early:
// g++ does so for single loops, not for nested ones.
#define LENTIL_UNROLL _Pragma("GCC unroll 32")

namespace lentil {
namespace {

template <class T>
float MaximumT(const float* x, size_t n) {
  typename T::I bits[T::kVectors];
  for (auto& b : bits) b = T::SetInt(0);
  const auto magnitude = T::SetInt(0x7fffffff);
  for (size_t i = 0; i < n; i += 16) {
    LENTIL_UNROLL
    for (size_t v = 0; v < T::kVectors; ++v) {
      const auto x_bits = T::Bits(T::Load(x + i + v * T::kLanes));
      bits[v] = T::MaxInt(bits[v], T::And(x_bits, magnitude));
    }
  }
  for (size_t v = 1; v < T::kVectors; ++v) {
    bits[0] = T::MaxInt(bits[0], bits[v]);
  }
  const auto largest = static_cast<uint32_t>(T::LargestInt(bits[0]));
  const float m = std::bit_cast<float>(largest);
  return largest >= kInfinityBits || m < kTiny ? 0.0f : m;
}

// QuantizeRow, given m.
template <class T>
void QuantizeByT(const float* x, size_t n, float m, int8_t* q) {
  if (m == 0.0f) {
    std::memset(q, 0, n);
    return;
  }
  const auto r = T::Set(kMaxInt8 / m);
  for (size_t i = 0; i < n; i += 16) {
    typename T::I block[T::kVectors];
    LENTIL_UNROLL
    for (size_t v = 0; v < T::kVectors; ++v) {
      block[v] = T::ToInt(T::Mul(T::Load(x + i + v * T::kLanes), r));
    }
    T::StoreInt8(q + i, block);
  }
}

template <class T>
float QuantizeT(const float* x, size_t n, ScaleKind kind, int8_t* q) {
  const float m = MaximumT<T>(x, n);
  QuantizeByT<T>(x, n, m, q);
  if (kind == ScaleKind::kMax || m == 0.0f) return m / kMaxInt8;
  const float square = static_cast<float>(T::SumOfSquares(q, n));
  return 1.0f / __builtin_sqrtf(square / static_cast<float>(n));
}

template <class T>
void EmbedT(const int8_t* const* rows, const float* scale, size_t count,
            size_t d, float* h) {
  for (size_t i = 0; i < d; i += 16) {
    typename T::F sum[T::kVectors];
    typename T::I block[T::kVectors];
    T::LoadInt8(rows[0] + i, block);
    for (size_t v = 0; v < T::kVectors; ++v) {
      sum[v] = T::Mul(T::ToFloat(block[v]), T::Set(scale[0]));
    }
    for (size_t k = 1; k < count; ++k) {
      T::LoadInt8(rows[k] + i, block);
      for (size_t v = 0; v < T::kVectors; ++v) {
        const auto term = T::Mul(T::ToFloat(block[v]), T::Set(scale[k]));
        sum[v] = T::Add(sum[v], term);
      }
    }
    for (size_t v = 0; v < T::kVectors; ++v) {
      T::Store(h + i + v * T::kLanes, sum[v]);
    }
  }
}

// Horner's rule, × and + rounded each.
template <class T>
[[gnu::always_inline]] inline typename T::F MulAdd(typename T::F a,
                                                   typename T::F b, float c) {
  return T::Add(T::Mul(a, b), T::Set(c));
}

template <class T>
void SinCosT(typename T::I phase, typename T::F* sine, typename T::F* cosine) {
  const auto quadrant =
      T::template ShiftRight<30>(T::AddInt(phase, T::SetInt(1 << 29)));
  const auto r = T::SubInt(phase, T::template ShiftLeft<30>(quadrant));
  const auto x = T::Mul(T::ToFloat(r), T::Set(kPhaseToRadians));
  const auto z = T::Mul(x, x);
  auto s = MulAdd<T>(T::Set(kSin3), z, kSin2);
  s = MulAdd<T>(s, z, kSin1);
  s = T::Add(T::Mul(T::Mul(z, s), x), x);
  auto c = MulAdd<T>(T::Set(kCos3), z, kCos2);
  c = MulAdd<T>(c, z, kCos1);
  c = MulAdd<T>(c, z, kCos0);
  c = MulAdd<T>(c, z, 1.0f);
  // Odd quadrants swap; sine is negative in 2 and 3, cosine in 1 and 2.
  const auto one = T::SetInt(1);
  const auto odd = T::SubInt(T::SetInt(0), T::And(quadrant, one));
  const auto swap = T::And(odd, T::Xor(T::Bits(s), T::Bits(c)));
  const auto sign = T::SetInt(INT32_MIN);
  const auto s_sign = T::And(T::template ShiftLeft<30>(quadrant), sign);
  const auto c_sign =
      T::And(T::template ShiftLeft<30>(T::AddInt(quadrant, one)), sign);
  *sine = T::Float(T::Xor(T::Xor(T::Bits(s), swap), s_sign));
  *cosine = T::Float(T::Xor(T::Xor(T::Bits(c), swap), c_sign));
}

template <class T>
void RotaryT(uint32_t position, const uint32_t* step, size_t half,
             float* cosine, float* sine) {
  if (half % T::kLanes != 0) {
    return ScalarKernels().rotary(position, step, half, cosine, sine);
  }
  for (size_t i = 0; i < half; i += T::kLanes) {
    const auto phase = T::MulInt(T::LoadInt(step + i),
                                 T::SetInt(static_cast<int32_t>(position)));
    typename T::F s, c;
    SinCosT<T>(phase, &s, &c);
    T::Store(sine + i, s);
    T::Store(cosine + i, c);
  }
}

// x × f, clamped and rounded.
template <class T>
typename T::I ClampToInt8T(typename T::F x, typename T::F f) {
  const auto low = T::Max(T::Mul(x, f), T::Set(-kMaxInt8));
  return T::ToInt(T::Min(low, T::Set(kMaxInt8)));
}

template <class T>
void RotateHeadT(const float* x, size_t k, const float* cosine,
                 const float* sine, typename T::F f, int8_t* out) {
  const size_t half = k / 2;
  for (size_t i = 0; i < half; i += 16) {
    typename T::I first[T::kVectors];
    typename T::I second[T::kVectors];
    LENTIL_UNROLL
    for (size_t v = 0; v < T::kVectors; ++v) {
      const size_t j = i + v * T::kLanes;
      auto a = T::Load(x + j);
      auto b = T::Load(x + j + half);
      if (cosine != nullptr) {
        const auto c = T::Load(cosine + j);
        const auto s = T::Load(sine + j);
        const auto rotated = T::Sub(T::Mul(a, c), T::Mul(b, s));
        b = T::Add(T::Mul(a, s), T::Mul(b, c));
        a = rotated;
      }
      first[v] = ClampToInt8T<T>(a, f);
      second[v] = ClampToInt8T<T>(b, f);
    }
    T::StoreInt8(out + i, first);
    T::StoreInt8(out + half + i, second);
  }
}

// Stage by stage for up to 16 heads, so that their long chains overlap. What is
// one number per head stays scalar: gathered into a vector it would have to
// wait for its stores.
template <class T>
void NormHeadsT(const float* x, size_t heads, size_t k, const float* cosine,
                const float* sine, int8_t* out) {
  float m[16];
  float f[16];
  for (size_t h = 0; h < heads; ++h) m[h] = MaximumT<T>(x + h * k, k);
  for (size_t h = 0; h < heads; ++h) {
    QuantizeByT<T>(x + h * k, k, m[h], out + h * k);
    const auto square = static_cast<float>(T::SumOfSquares(out + h * k, k));
    f[h] = (kMaxInt8 / m[h]) *
           (kHeadSteps / std::sqrt(square / static_cast<float>(k)));
  }
  for (size_t h = 0; h < heads; ++h) {
    if (m[h] == 0.0f) continue;  // zeros already
    RotateHeadT<T>(x + h * k, k, cosine, sine, T::Set(f[h]), out + h * k);
  }
}

template <class T>
void HeadNormT(const float* x, size_t heads, size_t k, const float* cosine,
               const float* sine, int8_t* out) {
  if (k % 32 != 0) {  // halves of 16 only; other widths are rare
    return ScalarKernels().head_norm(x, heads, k, cosine, sine, out);
  }
  for (size_t h = 0; h < heads; h += 16) {
    NormHeadsT<T>(x + h * k, std::min<size_t>(16, heads - h), k, cosine, sine,
                  out + h * k);
  }
}

// e = 2^(kBits − y), rounded, for y ≥ 0; N vectors side by side, because one
// chain of 20 dependent operations leaves the processor idle. The low bits of
// y + kRounder are the integer n, which makes the power of two.
template <class T, int kBits, int N>
[[gnu::always_inline]] inline void Exp2T(const typename T::F (&y)[N],
                                         typename T::I (&e)[N]) {
  using F = typename T::F;
  constexpr float kC[] = {kExp2C4, kExp2C3, kExp2C2, kExp2C1, 1.0f};
  constexpr int32_t kZero =
      127 + kBits + std::bit_cast<int32_t>(kRounder);  // exponent of n = 0
  F f[N], p[N];
  LENTIL_UNROLL
  for (int i = 0; i < N; ++i) {
    const F x = T::Min(y[i], T::Set(kExp2Limit));
    const F rounded = T::Add(x, T::Set(kRounder));
    f[i] = T::Sub(T::Sub(rounded, T::Set(kRounder)), x);
    e[i] = T::SubInt(T::SetInt(kZero), T::Bits(rounded));
    p[i] = T::Set(kExp2C5);
  }
  LENTIL_UNROLL
  for (int j = 0; j < 5 * N; ++j) {
    p[j % N] = MulAdd<T>(p[j % N], f[j % N], kC[j / N]);
  }
  LENTIL_UNROLL
  for (int i = 0; i < N; ++i) {
    const F power = T::Float(T::template ShiftLeft<23>(e[i]));
    e[i] = T::ToInt(T::Mul(p[i], power));
  }
}

// Writes w_i = Exp2(L − l_i) and returns their sum.
template <class T>
uint32_t FrequencyWeightsT(const float* logits, uint32_t* w,
                           uint32_t* largest) {
  auto top = T::Load(logits);
  for (size_t i = T::kLanes; i < 256; i += T::kLanes) {
    top = T::Max(top, T::Load(logits + i));
  }
  top = T::Set(T::Largest(top));
  auto sum = T::SetInt(0);
  auto most = T::SetInt(0);
  constexpr int N = 4;
  for (size_t i = 0; i < 256; i += N * T::kLanes) {
    typename T::F y[N];
    typename T::I e[N];
    LENTIL_UNROLL
    for (int v = 0; v < N; ++v) {
      y[v] = T::Sub(top, T::Load(logits + i + v * T::kLanes));
    }
    Exp2T<T, kFrequencyBits>(y, e);
    LENTIL_UNROLL
    for (int v = 0; v < N; ++v) {
      T::StoreInt(w + i + v * T::kLanes, e[v]);
      sum = T::AddInt(sum, e[v]);
      most = T::MaxInt(most, e[v]);
    }
  }
  *largest = static_cast<uint32_t>(T::LargestInt(most));
  return static_cast<uint32_t>(T::SumInt(sum));
}

template <class T>
void FrequenciesT(const float* logits, FrequencyTable* table) {
  uint32_t* w = table->frequency;
  uint32_t largest;
  const uint32_t sum = FrequencyWeightsT<T>(logits, w, &largest);
  uint32_t best = 0;
  while (w[best] != largest) ++best;
  const auto ratio =
      static_cast<uint32_t>((((uint64_t{1} << kTotalBits) - 256) << 30) / sum);
  uint32_t total = 0;
  uint32_t blocks[16];
  for (size_t b = 0; b < 16; ++b) {
    auto block = T::SetInt(0);
    for (size_t v = 0; v < T::kVectors; ++v) {
      uint32_t* at = w + b * 16 + v * T::kLanes;
      const auto f =
          T::AddInt(T::MulShift30(T::LoadInt(at), ratio), T::SetInt(1));
      T::StoreInt(at, f);
      block = T::AddInt(block, f);
    }
    blocks[b] = static_cast<uint32_t>(T::SumInt(block));
    total += blocks[b];
  }
  const uint32_t rest = (1u << kTotalBits) - total;
  w[best] += rest;
  blocks[best / 16] += rest;
  uint32_t cumulative = 0;
  for (size_t b = 0; b < 16; ++b) {
    table->block[b] = cumulative;
    cumulative += blocks[b];
  }
}

template <class T>
int32_t MixT(const int32_t* w, const int32_t* x, size_t n) {
  auto sum = T::SetInt(0);
  for (size_t i = 0; i < n; i += T::kLanes) {
    const auto product = T::MulInt(T::LoadInt(w + i), T::LoadInt(x + i));
    sum = T::AddInt(sum, T::template ShiftRightSigned<6>(product));
  }
  return T::SumInt(sum) >> 10;
}

template <class T>
void TrainMixT(int32_t* w, const int32_t* x, int32_t error, size_t n) {
  for (size_t i = 0; i < n; i += T::kLanes) {
    const auto product = T::MulInt(T::LoadInt(x + i), T::SetInt(error));
    const auto step = T::template ShiftRightSigned<16>(
        T::AddInt(product, T::SetInt(1 << 15)));
    const auto moved = T::AddInt(T::LoadInt(w + i), step);
    const auto low = T::MaxInt(moved, T::SetInt(-kMaxMixWeight));
    T::StoreInt(w + i, T::MinInt(low, T::SetInt(kMaxMixWeight)));
  }
}

}  // namespace
}  // namespace lentil

#endif  // LENTIL_KERNELS_ROWS_INL_H_

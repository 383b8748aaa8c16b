// SPDX-License-Identifier: Apache-2.0
// The float table for any target; kernels/floats.h says what is computed.
//
// Include from targets' files only (see rows-inl.h). Beyond that header T has
//   Fma          a × b + c, rounded once
//   LoadWords    kLanes uint16 as int32
//   kFloatRows   rows of a tile of 16 columns that fit the registers
//   kCodeRows    the same for products of 4-bit codes
//   CodeDots     Σ code × q over a block, for 16 outputs

#ifndef LENTIL_KERNELS_FLOATS_INL_H_
#define LENTIL_KERNELS_FLOATS_INL_H_

#include <algorithm>
#include <cfloat>

#include "kernels/constants.h"
#include "kernels/floats.h"
#include "kernels/linear-inl.h"
#include "kernels/rows-inl.h"

namespace lentil {
namespace {

// ---- elements -------------------------------------------------------------

// NaN and infinities become 0.
template <class T>
[[gnu::always_inline]] inline typename T::F FiniteT(typename T::F x) {
  const auto magnitude = T::And(T::Bits(x), T::SetInt(0x7fffffff));
  const auto bad = T::template ShiftRightSigned<31>(
      T::SubInt(T::SetInt(static_cast<int32_t>(kInfinityBits) - 1), magnitude));
  return T::Float(T::And(T::Bits(x), T::Xor(bad, T::SetInt(-1))));
}

// 2^y for |y| ≤ 126.
template <class T>
[[gnu::always_inline]] inline typename T::F PowerOf2T(typename T::F y) {
  const auto rounded = T::Add(y, T::Set(kRounder));
  const auto f = T::Sub(y, T::Sub(rounded, T::Set(kRounder)));
  auto p = T::Set(kExp2C5);
  p = T::Fma(p, f, T::Set(kExp2C4));
  p = T::Fma(p, f, T::Set(kExp2C3));
  p = T::Fma(p, f, T::Set(kExp2C2));
  p = T::Fma(p, f, T::Set(kExp2C1));
  p = T::Fma(p, f, T::Set(1.0f));
  const auto exponent = T::AddInt(
      T::Bits(rounded), T::SetInt(127 - std::bit_cast<int32_t>(kRounder)));
  return T::Mul(p, T::Float(T::template ShiftLeft<23>(exponent)));
}

// e^x, held to 2^±126; x is finite.
template <class T>
[[gnu::always_inline]] inline typename T::F ExpT(typename T::F x) {
  const auto y = T::Mul(x, T::Set(kLog2E));
  return PowerOf2T<T>(T::Min(T::Max(y, T::Set(-126.0f)), T::Set(126.0f)));
}

// x ÷ (1 + e^−z): x times the logistic function of z.
template <class T>
[[gnu::always_inline]] inline typename T::F GateT(typename T::F x,
                                                  typename T::F z) {
  const auto e = ExpT<T>(T::Sub(T::Set(0.0f), z));
  return T::Div(x, T::Add(T::Set(1.0f), e));
}

// 1 − 2 ÷ (1 + e^2z).
template <class T>
[[gnu::always_inline]] inline typename T::F TanhT(typename T::F z) {
  const auto e = ExpT<T>(T::Add(z, z));
  return T::Sub(T::Set(1.0f), T::Div(T::Set(2.0f), T::Add(T::Set(1.0f), e)));
}

// The error function of x ≥ 0 (Abramowitz and Stegun, 7.1.26: within 1.5e-7).
template <class T>
[[gnu::always_inline]] inline typename T::F ErfT(typename T::F x) {
  const auto one = T::Set(1.0f);
  const auto t = T::Div(one, T::Fma(T::Set(kErfP), x, one));
  auto p = T::Set(kErf5);
  p = T::Fma(p, t, T::Set(kErf4));
  p = T::Fma(p, t, T::Set(kErf3));
  p = T::Fma(p, t, T::Set(kErf2));
  p = T::Fma(p, t, T::Set(kErf1));
  const auto e = ExpT<T>(T::Sub(T::Set(0.0f), T::Mul(x, x)));
  return T::Sub(one, T::Mul(T::Mul(p, t), e));
}

template <class T, Activation kF>
[[gnu::always_inline]] inline typename T::F ActivationT(typename T::F x) {
  const auto zero = T::Set(0.0f);
  if constexpr (kF == Activation::kRelu) {
    return T::Max(x, zero);
  } else if constexpr (kF == Activation::kSquaredRelu) {
    const auto y = T::Max(x, zero);
    return T::Mul(y, y);
  } else if constexpr (kF == Activation::kSilu) {
    return GateT<T>(x, x);
  } else if constexpr (kF == Activation::kGeluTanh) {
    const auto square = T::Mul(x, x);
    const auto inner = T::Fma(T::Set(kGeluCube), square, T::Set(1.0f));
    return GateT<T>(x, T::Mul(T::Mul(T::Set(kGeluScale), x), inner));
  } else {
    const auto magnitude = T::Float(T::And(T::Bits(x), T::SetInt(0x7fffffff)));
    const auto erf = ErfT<T>(T::Mul(magnitude, T::Set(kSqrtHalf)));
    const auto sign = T::And(T::Bits(x), T::SetInt(INT32_MIN));
    const auto phi = T::Fma(T::Float(T::Xor(T::Bits(erf), sign)), T::Set(0.5f),
                            T::Set(0.5f));
    return T::Mul(x, phi);
  }
}

template <class T, Activation kF>
void ActivateRowT(const float* x, const float* gate, size_t n, float* out) {
  for (size_t i = 0; i < n; i += T::kLanes) {
    auto y = ActivationT<T, kF>(FiniteT<T>(T::Load(x + i)));
    if (gate != nullptr) y = T::Mul(y, T::Load(gate + i));
    T::Store(out + i, y);
  }
}

template <class T>
void ActivateT(Activation f, const float* x, const float* gate, size_t n,
               float* out) {
  switch (f) {
    case Activation::kRelu:
      return ActivateRowT<T, Activation::kRelu>(x, gate, n, out);
    case Activation::kSquaredRelu:
      return ActivateRowT<T, Activation::kSquaredRelu>(x, gate, n, out);
    case Activation::kGelu:
      return ActivateRowT<T, Activation::kGelu>(x, gate, n, out);
    case Activation::kGeluTanh:
      return ActivateRowT<T, Activation::kGeluTanh>(x, gate, n, out);
    case Activation::kSilu:
      return ActivateRowT<T, Activation::kSilu>(x, gate, n, out);
  }
}

template <class T>
void SoftCapT(float cap, size_t n, float* x) {
  for (size_t i = 0; i < n; i += T::kLanes) {
    const auto z = T::Div(FiniteT<T>(T::Load(x + i)), T::Set(cap));
    T::Store(x + i, T::Mul(T::Set(cap), TanhT<T>(z)));
  }
}

// ---- float products -------------------------------------------------------

template <class T, int R>
[[gnu::always_inline]] inline void ClearTile(
    typename T::F (&acc)[R][T::kVectors]) {
  for (auto& row : acc) {
    for (auto& x : row) x = T::Set(0.0f);
  }
}

// acc[r] ← acc[r] + Σ_i b[i][0 … 16) × a[r][i], in order of i.
template <class T, int R>
[[gnu::always_inline]] inline void FmaTile(
    const float* b, size_t b_stride, const float* const* a, size_t depth,
    typename T::F (&acc)[R][T::kVectors]) {
  constexpr int kV = static_cast<int>(T::kVectors);
  typename T::F sum[R * kV];
  LENTIL_UNROLL
  for (int i = 0; i < R * kV; ++i) sum[i] = acc[i / kV][i % kV];
  for (size_t i = 0; i < depth; ++i, b += b_stride) {
    typename T::F column[kV];
    LENTIL_UNROLL
    for (int v = 0; v < kV; ++v) column[v] = T::Load(b + v * T::kLanes);
    LENTIL_UNROLL
    for (int j = 0; j < R * kV; ++j) {
      sum[j] = T::Fma(T::Set(a[j / kV][i]), column[j % kV], sum[j]);
    }
  }
  LENTIL_UNROLL
  for (int i = 0; i < R * kV; ++i) acc[i / kV][i % kV] = sum[i];
}

// Calls tile.operator()<R>(row) for pieces of `rows` of R ≤ kMax rows each, as
// even as can be.
template <int kMax, class Tile>
void ForRowTiles(size_t rows, Tile tile) {
  const size_t tiles = (rows + kMax - 1) / kMax;
  for (size_t t = 0, row = 0; t < tiles; ++t) {
    const size_t end = (t + 1) * rows / tiles;
    WithRows<kMax>(end - row,
                   [&]<int R>() { tile.template operator()<R>(row); });
    row = end;
  }
}

// Exact for what is finite.
template <class T, FloatType kType>
[[gnu::always_inline]] inline typename T::F WidenT(const uint16_t* p) {
  const auto bits = T::LoadWords(p);
  if constexpr (kType == FloatType::kBfloat16) {
    return T::Float(T::template ShiftLeft<16>(bits));
  } else {
    // Subnormal: 2^-14 is added as an exponent, and subtracted as a number.
    const auto size = T::And(bits, T::SetInt(0x7fff));
    const auto is_small =
        T::template ShiftRightSigned<31>(T::SubInt(size, T::SetInt(0x400)));
    const auto exponent = T::AddInt(T::SetInt((127 - 15) << 23),
                                    T::And(is_small, T::SetInt(1 << 23)));
    const auto value =
        T::Sub(T::Float(T::AddInt(T::template ShiftLeft<13>(size), exponent)),
               T::Float(T::And(is_small, T::SetInt((127 - 14) << 23))));
    const auto sign =
        T::template ShiftLeft<16>(T::And(bits, T::SetInt(0x8000)));
    return T::Float(T::Xor(T::Bits(value), sign));
  }
}

template <class T>
void WidenPanelT(FloatType type, const uint16_t* panel, size_t count,
                 float* out) {
  if (type == FloatType::kBfloat16) {
    for (size_t i = 0; i < count; i += T::kLanes) {
      T::Store(out + i, WidenT<T, FloatType::kBfloat16>(panel + i));
    }
  } else {
    for (size_t i = 0; i < count; i += T::kLanes) {
      T::Store(out + i, WidenT<T, FloatType::kFloat16>(panel + i));
    }
  }
}

// Inputs begin … begin + depth − 1 of one panel, for all rows.
template <class T>
void FloatPanelT(const FloatLinearArgs& a, const float* panel, size_t column,
                 size_t begin, size_t depth) {
  ForRowTiles<T::kFloatRows>(a.rows, [&]<int R>(size_t row) {
    const float* x[R];
    typename T::F acc[R][T::kVectors];
    for (int r = 0; r < R; ++r) x[r] = a.x + (row + r) * a.x_stride + begin;
    float* const out = a.out + row * a.out_stride + column;
    ClearTile<T, R>(acc);
    if (begin > 0) {
      for (int r = 0; r < R; ++r) {
        for (size_t v = 0; v < T::kVectors; ++v) {
          acc[r][v] = T::Load(out + r * a.out_stride + v * T::kLanes);
        }
      }
    }
    FmaTile<T, R>(panel, kPanel, x, depth, acc);
    for (int r = 0; r < R; ++r) {
      for (size_t v = 0; v < T::kVectors; ++v) {
        T::Store(out + r * a.out_stride + v * T::kLanes, acc[r][v]);
      }
    }
  });
}

constexpr size_t kWidenedDepth = 256;  // of a panel in the L1 cache

template <class T>
void FloatLinearT(const FloatLinearArgs& a) {
  if (a.type == FloatType::kFloat32) {
    const auto* packed = static_cast<const float*>(a.packed);
    for (size_t column = 0; column < a.n; column += kPanel) {
      FloatPanelT<T>(a, packed + column * a.k, column, 0, a.k);
    }
    return;
  }
  alignas(kAlignment) float panel[kWidenedDepth * kPanel];
  const auto* packed = static_cast<const uint16_t*>(a.packed);
  for (size_t column = 0; column < a.n; column += kPanel) {
    for (size_t begin = 0; begin < a.k; begin += kWidenedDepth) {
      const size_t depth = std::min(kWidenedDepth, a.k - begin);
      WidenPanelT<T>(a.type, packed + column * a.k + begin * kPanel,
                     depth * kPanel, panel);
      FloatPanelT<T>(a, panel, column, begin, depth);
    }
  }
}

// ---- products of codes ----------------------------------------------------

template <class T>
void QuantizeBlocksT(const float* x, size_t x_stride, size_t rows, size_t k,
                     const CodeRows& out) {
  for (size_t r = 0; r < rows; ++r) {
    for (size_t i = 0; i < k; i += kCodeRowBlock) {
      const size_t at = r * k + i;
      const float* in = x + r * x_stride + i;
      const float m = MaximumT<T>(in, kCodeRowBlock);
      QuantizeByT<T>(in, kCodeRowBlock, m, out.q + at);
      out.scale[at / kCodeRowBlock] = m / kMaxInt8;
      for (size_t half = 0; half < kCodeRowBlock; half += 16) {
        int32_t sum = 0;
        for (size_t j = 0; j < 16; ++j) sum += out.q[at + half + j];
        out.sum16[(at + half) / 16] = sum;
      }
    }
  }
}

template <class T, int R, int kBits, int kBlock, bool kMinimum>
void CodeTileT(const CodeLinearArgs& a, const uint8_t* panel, size_t row,
               float* out) {
  constexpr size_t kV = T::kVectors;
  typename T::F acc[R][kV];
  ClearTile<T, R>(acc);
  const size_t row_blocks = a.k / kCodeRowBlock;
  for (size_t b = 0; b < a.k / kBlock; ++b) {
    const auto* scale = reinterpret_cast<const float*>(panel);
    const float* minimum = scale + kPanel;
    panel += kPanel * sizeof(float) * (kMinimum ? 2 : 1);
    const int8_t* q[R];
    for (int r = 0; r < R; ++r) q[r] = a.x.q + (row + r) * a.k + b * kBlock;
    typename T::I dot[R][kV];
    T::template CodeDots<R, kBits, kBlock>(panel, q, dot);
    panel += kPanel * kBlock * kBits / 8;
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) {
      const float t =
          a.x.scale[(row + r) * row_blocks + b * kBlock / kCodeRowBlock];
      const int32_t* sum16 = a.x.sum16 + ((row + r) * a.k + b * kBlock) / 16;
      const int32_t sum = kBlock == 32 ? sum16[0] + sum16[1] : sum16[0];
      const auto shift = T::SetInt(a.format.offset * sum);
      const auto low = T::Set(t * static_cast<float>(sum));
      for (size_t v = 0; v < kV; ++v) {
        const auto s = T::Mul(T::Load(scale + v * T::kLanes), T::Set(t));
        const auto d = T::ToFloat(T::SubInt(dot[r][v], shift));
        acc[r][v] = T::Fma(d, s, acc[r][v]);
        if constexpr (kMinimum) {
          acc[r][v] = T::Fma(T::Load(minimum + v * T::kLanes), low, acc[r][v]);
        }
      }
    }
  }
  for (int r = 0; r < R; ++r) {
    for (size_t v = 0; v < kV; ++v) {
      T::Store(out + r * a.out_stride + v * T::kLanes, acc[r][v]);
    }
  }
}

template <class T, int kBits, int kBlock, bool kMinimum>
void CodeLinearOfT(const CodeLinearArgs& a) {
  constexpr int kRows = kBits == 4 ? T::kCodeRows : (T::kCodeRows + 1) / 2;
  const size_t panel_bytes = CodePanelBytes(a.format, a.k);
  for (size_t column = 0; column < a.n; column += kPanel) {
    const uint8_t* panel = a.packed + column / kPanel * panel_bytes;
    ForRowTiles<kRows>(a.rows, [&]<int R>(size_t row) {
      CodeTileT<T, R, kBits, kBlock, kMinimum>(
          a, panel, row, a.out + row * a.out_stride + column);
    });
  }
}

template <class T, int kBits, int kBlock>
void CodeLinearOfT(const CodeLinearArgs& a) {
  if (a.format.has_minimum) return CodeLinearOfT<T, kBits, kBlock, true>(a);
  return CodeLinearOfT<T, kBits, kBlock, false>(a);
}

template <class T>
void CodeLinearT(const CodeLinearArgs& a) {
  if (a.format.bits == 4) {
    if (a.format.block == 16) return CodeLinearOfT<T, 4, 16>(a);
    return CodeLinearOfT<T, 4, 32>(a);
  }
  if (a.format.block == 16) return CodeLinearOfT<T, 8, 16>(a);
  return CodeLinearOfT<T, 8, 32>(a);
}

// ---- attention ------------------------------------------------------------

// Scores of 16 positions from `position` on; those a query does not see are
// −FLT_MAX.
template <class T, int R>
void ScorePanelT(const FloatAttendArgs& a, const FloatQuery* query,
                 const float* const* q, uint32_t position, float* const* score,
                 size_t at_score, typename T::F (&most)[R][T::kVectors]) {
  typename T::F acc[R][T::kVectors];
  ClearTile<T, R>(acc);
  FmaTile<T, R>(a.keys + position * a.head_width, kPanel, q, a.head_width, acc);
  for (int r = 0; r < R; ++r) {
    float* to = score[r] + at_score;
    for (size_t v = 0; v < T::kVectors; ++v) {
      T::Store(to + v * T::kLanes, T::Mul(acc[r][v], T::Set(a.scale)));
    }
    if (a.cap > 0.0f) SoftCapT<T>(a.cap, kPanel, to);
    if (query[r].slope != 0.0f) {
      for (uint32_t i = 0; i < kPanel; ++i) {
        const auto j = static_cast<int32_t>(position + i);
        const int32_t distance = j - static_cast<int32_t>(query[r].last);
        if (a.rounded_alibi) {
          const float bias = query[r].slope * static_cast<float>(j);
          to[i] += RoundToBf16(bias) * a.scale;
        } else {
          to[i] += query[r].slope * static_cast<float>(distance);
        }
      }
    }
    for (size_t v = 0; v < T::kVectors; ++v) {
      float* at = to + v * T::kLanes;
      T::Store(at, FiniteT<T>(T::Load(at)));
    }
    if (position < query[r].first || position + kPanel - 1 > query[r].last) {
      for (uint32_t i = 0; i < kPanel; ++i) {
        const uint32_t j = position + i;
        if (j < query[r].first || j > query[r].last) to[i] = -FLT_MAX;
      }
    }
    for (size_t v = 0; v < T::kVectors; ++v) {
      most[r][v] = T::Max(most[r][v], T::Load(to + v * T::kLanes));
    }
  }
}

// score ← e^(score − max), exactly 0 below 2^−126; returns the sum.
template <class T>
float SoftmaxT(const typename T::F (&most)[T::kVectors], size_t n,
               float* score) {
  auto largest = most[0];
  for (size_t v = 1; v < T::kVectors; ++v) largest = T::Max(largest, most[v]);
  const auto top = T::Set(T::Largest(largest));
  const auto limit = T::Set(126.0f);
  typename T::F sum[T::kVectors];
  for (auto& s : sum) s = T::Set(0.0f);
  for (size_t j = 0; j < n; j += kPanel) {
    LENTIL_UNROLL
    for (size_t v = 0; v < T::kVectors; ++v) {
      float* at = score + j + v * T::kLanes;
      const auto y = T::Mul(T::Sub(top, T::Load(at)), T::Set(kLog2E));
      const auto e = PowerOf2T<T>(T::Sub(T::Set(0.0f), T::Min(y, limit)));
      const auto kept = T::template ShiftRightSigned<31>(
          T::SubInt(T::Bits(y), T::Bits(limit)));
      const auto weight = T::Float(T::And(T::Bits(e), kept));
      T::Store(at, weight);
      sum[v] = T::Add(sum[v], weight);
    }
  }
  alignas(kAlignment) float lane[kPanel];
  for (size_t v = 0; v < T::kVectors; ++v) {
    T::Store(lane + v * T::kLanes, sum[v]);
  }
  for (size_t half = kPanel / 2; half > 0; half /= 2) {
    for (size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

template <class T, int R>
void AttendTileT(const FloatAttendArgs& a, const FloatQuery* query) {
  uint32_t first = query[0].first;
  uint32_t last = query[0].last;
  for (int r = 1; r < R; ++r) {
    first = std::min(first, query[r].first);
    last = std::max(last, query[r].last);
  }
  const uint32_t begin = first / kPanel * kPanel;
  const size_t positions = PadToPanel(last + 1) - begin;
  const float* q[R];
  float* score[R];
  const float* weight[R];
  typename T::F most[R][T::kVectors];
  for (int r = 0; r < R; ++r) {
    q[r] = query[r].q;
    score[r] = a.scratch + r * positions;
    weight[r] = score[r] + (first - begin);
    for (auto& m : most[r]) m = T::Set(-FLT_MAX);
  }
  for (uint32_t at = 0; at < positions; at += kPanel) {
    ScorePanelT<T, R>(a, query, q, begin + at, score, at, most);
  }
  float inverse[R];
  for (int r = 0; r < R; ++r) {
    inverse[r] = 1.0f / SoftmaxT<T>(most[r], positions, score[r]);
  }
  const size_t stride = PadToPanel(a.head_width);
  for (size_t i = 0; i < stride; i += kPanel) {
    typename T::F acc[R][T::kVectors];
    ClearTile<T, R>(acc);
    FmaTile<T, R>(a.values + first * stride + i, stride, weight,
                  last + 1 - first, acc);
    for (int r = 0; r < R; ++r) {
      for (size_t v = 0; v < T::kVectors; ++v) {
        // + 0: what weights of 0 add may differ in the sign of a zero.
        T::Store(query[r].out + i + v * T::kLanes,
                 T::Add(T::Mul(acc[r][v], T::Set(inverse[r])), T::Set(0.0f)));
      }
    }
  }
}

template <class T>
void FloatAttendT(const FloatAttendArgs& a) {
  ForRowTiles<T::kFloatRows>(a.queries.size(), [&]<int R>(size_t row) {
    AttendTileT<T, R>(a, a.queries.data() + row);
  });
}

// ---- frequencies ----------------------------------------------------------

template <class T>
void TokenWeightsT(const float* logits, size_t n, uint32_t* w,
                   uint32_t* block_sum) {
  auto top = T::Set(-FLT_MAX);
  for (size_t i = 0; i < n; i += T::kLanes) {
    top = T::Max(top, FiniteT<T>(T::Load(logits + i)));
  }
  top = T::Set(T::Largest(top));
  constexpr int N =
      static_cast<int>(std::min<size_t>(4, kTokenBlock / T::kLanes));
  for (size_t i = 0; i < n; i += kTokenBlock) {
    auto sum = T::SetInt(0);
    for (size_t j = i; j < i + kTokenBlock; j += N * T::kLanes) {
      typename T::F y[N];
      typename T::I e[N];
      LENTIL_UNROLL
      for (int v = 0; v < N; ++v) {
        const auto l = FiniteT<T>(T::Load(logits + j + v * T::kLanes));
        y[v] = T::Mul(T::Sub(top, l), T::Set(kLog2E));
      }
      Exp2T<T, kTokenBits>(y, e);
      LENTIL_UNROLL
      for (int v = 0; v < N; ++v) {
        T::StoreInt(w + j + v * T::kLanes, e[v]);
        sum = T::AddInt(sum, e[v]);
      }
    }
    block_sum[i / kTokenBlock] = static_cast<uint32_t>(T::SumInt(sum));
  }
}

template <class T>
constexpr FloatKernels kFloatsT = {
    .linear = FloatLinearT<T>,
    .code_linear = CodeLinearT<T>,
    .quantize = QuantizeBlocksT<T>,
    .attend = FloatAttendT<T>,
    .activate = ActivateT<T>,
    .soft_cap = SoftCapT<T>,
    .token_weights = TokenWeightsT<T>,
};

}  // namespace
}  // namespace lentil

#endif  // LENTIL_KERNELS_FLOATS_INL_H_

// SPDX-License-Identifier: Apache-2.0
// Matrix products for any target, around its inner loop.
//
// Include from targets' files only (see rows-inl.h). Beyond that header T has
//   kPanelVectors  vectors of outputs that are worked on at once
//   kMaxTileRows   rows that fit the registers beside them
//   kMaxTallRows   rows that fit beside half of them, 0: never worked on so
//   Rows           activations as its loops want them, made by Prepare
//   kGroup         inputs that one product instruction sums
//   Stored         a weight as a panel keeps it
//   DotBytes       acc[r][v] = Σ int8 × int8 over columns of a packed panel
// A panel is [depth ÷ kGroup][columns][kGroup] bytes.

#ifndef LENTIL_KERNELS_LINEAR_INL_H_
#define LENTIL_KERNELS_LINEAR_INL_H_

#include <algorithm>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/rows-inl.h"

namespace lentil {
namespace {

// ---- packing --------------------------------------------------------------

template <class T>
constexpr size_t kPanelColumns = T::kPanelVectors* T::kLanes;

template <class T>
size_t PaddedColumns(size_t n) {
  return (n + kPanelColumns<T> - 1) / kPanelColumns<T> * kPanelColumns<T>;
}

template <class T>
size_t PackedBytesT(size_t n, size_t k) {
  return PaddedColumns<T>(n) * (k + sizeof(float));
}

// Panels one after the other, then the scales; missing outputs are zeros.
template <class T>
void PackT(const int8_t* weight, const float* scale, size_t n, size_t k,
           uint8_t* packed) {
  const size_t columns = PaddedColumns<T>(n);
  for (size_t j = 0; j < columns; ++j) {
    uint8_t* panel = packed + j / kPanelColumns<T> * kPanelColumns<T> * k;
    const size_t column = j % kPanelColumns<T>;
    for (size_t i = 0; i < k; ++i) {
      const size_t at = i / T::kGroup * kPanelColumns<T> + column;
      panel[at * T::kGroup + i % T::kGroup] =
          T::Stored(j < n ? weight[j * k + i] : int8_t{0});
    }
  }
  auto* scales = reinterpret_cast<float*>(packed + columns * k);
  for (size_t j = 0; j < columns; ++j) scales[j] = j < n ? scale[j] : 0.0f;
}

// ---- linear ---------------------------------------------------------------

// out[r][j] = op(out[r][j], y[r][j]) for a tile whose sums are in registers.
template <class T, int R, size_t V, class Op>
[[gnu::always_inline]] inline void FinishWith(const typename T::I (&acc)[R][V],
                                              const float* sigma,
                                              const float* scale, float* out,
                                              size_t stride, Op op) {
  LENTIL_UNROLL
  for (size_t i = 0; i < R * V; ++i) {
    const size_t r = i / V;
    const size_t v = i % V;
    float* at = out + r * stride + v * T::kLanes;
    const auto y = T::Mul(T::ToFloat(acc[r][v]), T::Set(sigma[r]));
    T::Store(at, op(at, T::Mul(y, T::Load(scale + v * T::kLanes))));
  }
}

template <class T, int R, size_t V>
[[gnu::always_inline]] inline void FinishTile(const typename T::I (&acc)[R][V],
                                              const float* sigma,
                                              const float* scale, float* out,
                                              size_t stride,
                                              Epilogue epilogue) {
  using F = typename T::F;
  switch (epilogue) {
    case Epilogue::kStore:
      return FinishWith<T, R, V>(acc, sigma, scale, out, stride,
                                 [](const float*, F y) { return y; });
    case Epilogue::kAdd:
      return FinishWith<T, R>(
          acc, sigma, scale, out, stride,
          [](const float* old, F y) { return T::Add(T::Load(old), y); });
    case Epilogue::kSquaredRelu:
      return FinishWith<T, R, V>(acc, sigma, scale, out, stride,
                                 [](const float*, F y) {
                                   y = T::Max(y, T::Set(0.0f));
                                   return T::Mul(y, y);
                                 });
  }
}

// The same where a panel has more columns than are left: on a copy.
template <class T, int R, size_t V>
[[gnu::noinline]] void FinishEdge(const typename T::I (&acc)[R][V],
                                  const float* sigma, const float* scale,
                                  float* out, size_t stride, size_t columns,
                                  Epilogue epilogue) {
  constexpr size_t kColumns = V * T::kLanes;
  float edge[R * kColumns] = {};
  for (int r = 0; r < R; ++r) {
    std::memcpy(edge + r * kColumns, out + r * stride, columns * sizeof(float));
  }
  FinishTile<T, R, V>(acc, sigma, scale, edge, kColumns, epilogue);
  for (int r = 0; r < R; ++r) {
    std::memcpy(out + r * stride, edge + r * kColumns, columns * sizeof(float));
  }
}

// Rows from `first` on in `tiles` tiles of R, times the outputs from `column`
// to end − 1, V vectors of weights at a time.
template <class T, int R, size_t V>
[[gnu::noinline]] void LinearTiles(const LinearArgs& a,
                                   const typename T::Rows& rows, size_t first,
                                   size_t tiles, size_t column, size_t end) {
  const auto* const scales =
      reinterpret_cast<const float*>(a.packed + PaddedColumns<T>(a.n) * a.k);
  for (; column < end; column += V * T::kLanes) {
    const size_t in_panel = column % kPanelColumns<T>;
    const uint8_t* const panel =
        a.packed + (column - in_panel) * a.k + in_panel * T::kGroup;
    for (size_t t = 0, row = first; t < tiles; ++t, row += R) {
      typename T::I acc[R][V];
      T::template DotBytes<R, V, T::kPanelVectors>(panel, rows, row, a.k, acc);
      float* const out = a.out + row * a.out_stride + column;
      if (column + V * T::kLanes <= a.n) {
        FinishTile<T, R, V>(acc, a.sigma + row, scales + column, out,
                            a.out_stride, a.epilogue);
        continue;
      }
      typename T::I edge[R][V];  // a copy, so that the sums stay in registers
      LENTIL_UNROLL
      for (size_t j = 0; j < R * V; ++j) edge[j / V][j % V] = acc[j / V][j % V];
      FinishEdge<T, R, V>(edge, a.sigma + row, scales + column, out,
                          a.out_stride, a.n - column, a.epilogue);
    }
  }
}

// Calls f<R>() for R = rows ≤ kMax.
template <int kMax, class Function>
void WithRows(size_t rows, Function f) {
  if constexpr (kMax > 1) {
    if (rows < kMax) return WithRows<kMax - 1>(rows, f);
  }
  f.template operator()<kMax>();
}

// All rows in tiles of at most kMaxRows × V vectors, of even sizes: each
// stretch of weights meets all rows before the next.
template <class T, int kMaxRows, size_t V>
void AllTiles(const LinearArgs& a, const typename T::Rows& rows) {
  const size_t tiles = (a.rows + kMaxRows - 1) / kMaxRows;
  const size_t size = a.rows / tiles;
  const size_t larger = a.rows % tiles;
  const size_t step = larger > 0 ? V * T::kLanes : a.n;
  for (size_t column = 0; column < a.n; column += step) {
    const size_t end = std::min(a.n, column + step);
    if (larger > 0) {
      WithRows<kMaxRows>(size + 1, [&]<int R>() {
        LinearTiles<T, R, V>(a, rows, 0, larger, column, end);
      });
    }
    WithRows<kMaxRows>(size, [&]<int R>() {
      LinearTiles<T, R, V>(a, rows, larger * (size + 1), tiles - larger, column,
                           end);
    });
  }
}

// At most kLinearRows rows: they stay in the caches while each panel of weights
// passes once.
template <class T>
void LinearBlock(const LinearArgs& a) {
  const auto rows = T::Prepare(a.q, a.q_stride, a.rows, a.k, a.scratch);
  if constexpr (T::kMaxTallRows > 0) {
    if (a.rows > T::kMaxTileRows) {
      return AllTiles<T, T::kMaxTallRows, T::kPanelVectors / 2>(a, rows);
    }
  }
  AllTiles<T, T::kMaxTileRows, T::kPanelVectors>(a, rows);
}

template <class T>
void LinearT(const LinearArgs& whole) {
  if (whole.rows <= kLinearRows) {
    if (whole.rows > 0) LinearBlock<T>(whole);
    return;
  }
  for (size_t done = 0; done < whole.rows; done += kLinearRows) {
    LinearArgs a = whole;
    a.rows = std::min(kLinearRows, whole.rows - done);
    a.q += done * a.q_stride;
    a.sigma += done;
    a.out += done * a.out_stride;
    LinearBlock<T>(a);
  }
}

template <class T>
constexpr MatrixKernels kMatrixT = {
    .packed_bytes = PackedBytesT<T>,
    .pack = PackT<T>,
    .apply = LinearT<T>,
};

}  // namespace
}  // namespace lentil

#endif  // LENTIL_KERNELS_LINEAR_INL_H_

// SPDX-License-Identifier: Apache-2.0
// The AVX2 product for weights of at most kNarrowWeight. Include from avx2.cc
// only.
//
// Weights are kept as w + 32, so they are never negative: two products of
// vpmaddubsw hold 4 · 63 · 127 < 2^15 together, and vpmaddwd with ones sums the
// four inputs behind each output once for eight. That is 10 operations for 128
// products, where words take 16 and have to be widened first.

#ifndef LENTIL_KERNELS_AVX2_NARROW_INL_H_
#define LENTIL_KERNELS_AVX2_NARROW_INL_H_

#include <immintrin.h>

#include <cstring>

#include "kernels/kernels.h"
#include "kernels/linear-inl.h"

namespace lentil {
namespace {

template <class Avx2>
struct Narrow : Avx2 {
  using I = typename Avx2::I;
  static constexpr int kMaxTileRows = 4;
  static constexpr int kMaxTallRows = 0;
  static constexpr size_t kGroup = 4;
  static constexpr int32_t kOffset = 32;
  static_assert(4 * (kNarrowWeight + kOffset) * 127 < 1 << 15);

  static uint8_t Stored(int8_t x) { return static_cast<uint8_t>(x + kOffset); }

  struct Rows {
    const int8_t* data;
    size_t stride;
    const int32_t* start;  // −kOffset · Σ of each row
  };
  static Rows Prepare(const int8_t* q, size_t q_stride, size_t rows, size_t k,
                      uint8_t* scratch) {
    auto* start = reinterpret_cast<int32_t*>(scratch);
    const I ones = _mm256_set1_epi16(1);
    for (size_t r = 0; r < rows; ++r) {
      I sum = Avx2::SetInt(0);
      for (size_t i = 0; i < k; i += 16) {
        const I x = Avx2::Widen16(q + r * q_stride + i);
        sum = Avx2::AddInt(sum, _mm256_madd_epi16(x, ones));
      }
      start[r] = -kOffset * Avx2::SumInt(sum);
    }
    return {q, q_stride, start};
  }

  // sum[v] += (w[v], w[2 + v]) · eight. As assembly: 8 sums, 4 weights, the
  // ones and 3 temporaries fill the registers; one broadcast is made twice.
  static void AddEight(const int8_t* eight, const I (&w)[4], I ones,
                       I (&sum)[2]) {
    I s0 = sum[0], s1 = sum[1], a, b, t;
    asm("vpbroadcastd %[x0], %[b]\n\t"
        "vpmaddubsw %[b], %[w0], %[a]\n\t"
        "vpmaddubsw %[b], %[w1], %[b]\n\t"
        "vpbroadcastd %[x4], %[t]\n\t"
        "vpmaddubsw %[t], %[w2], %[t]\n\t"
        "vpaddw %[t], %[a], %[a]\n\t"
        "vpbroadcastd %[x4], %[t]\n\t"
        "vpmaddubsw %[t], %[w3], %[t]\n\t"
        "vpaddw %[t], %[b], %[b]\n\t"
        "vpmaddwd %[ones], %[a], %[a]\n\t"
        "vpmaddwd %[ones], %[b], %[b]\n\t"
        "vpaddd %[a], %[s0], %[s0]\n\t"
        "vpaddd %[b], %[s1], %[s1]"
        : [s0] "+x"(s0), [s1] "+x"(s1), [a] "=&x"(a), [b] "=&x"(b), [t] "=&x"(t)
        : [w0] "x"(w[0]), [w1] "x"(w[1]), [w2] "x"(w[2]), [w3] "x"(w[3]),
          [ones] "x"(ones), [x0] "m"(*(const int8_t(*)[4])eight),
          [x4] "m"(*(const int8_t(*)[4])(eight + 4)));
    sum[0] = s0, sum[1] = s1;
  }

  template <int R, size_t V, size_t kWidth = V>
  static void DotBytes(const uint8_t* panel, const Rows& rows, size_t row,
                       size_t depth, I (&acc)[R][V]) {
    const int8_t* x = rows.data + row * rows.stride;
    const I ones = _mm256_set1_epi16(1);
    I sum[R][2];  // a local array stays in registers
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) {
      sum[r][0] = sum[r][1] = Avx2::SetInt(rows.start[row + r]);
    }
    for (size_t i = 0; i < depth; i += 8) {
      const uint8_t* at = panel + i * 16;
      const I w[] = {Avx2::LoadInt(at), Avx2::LoadInt(at + 32),
                     Avx2::LoadInt(at + 64), Avx2::LoadInt(at + 96)};
      LENTIL_UNROLL
      for (int r = 0; r < R; ++r) {
        AddEight(x + r * rows.stride + i, w, ones, sum[r]);
      }
    }
    std::memcpy(&acc, &sum, sizeof(sum));
  }
};

}  // namespace
}  // namespace lentil

#endif  // LENTIL_KERNELS_AVX2_NARROW_INL_H_

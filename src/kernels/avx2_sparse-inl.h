// SPDX-License-Identifier: Apache-2.0
// The AVX2 product for rows that are mostly zeros and never negative, as a
// squared ReLU leaves them. Include from avx2.cc only.
//
// The weights of an input stand together, padded to whole blocks of 32 outputs.
// The inputs that are not zero are gathered four at a time; their weights are
// interleaved, so that vpmaddubsw (2 · 127 · 127 fits int16) and vpmaddwd sum
// the four. A dense product costs about 2.2 operations per 16 weights of *all*
// inputs, this one 2.5 per 16 weights of those that are not zero.

#ifndef LENTIL_KERNELS_AVX2_SPARSE_INL_H_
#define LENTIL_KERNELS_AVX2_SPARSE_INL_H_

#include <immintrin.h>

#include <bit>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/linear-inl.h"

namespace lentil {
namespace {

constexpr size_t kSparseBlock = 32;  // outputs

constexpr size_t SparseColumns(size_t n) {
  return (n + kSparseBlock - 1) / kSparseBlock * kSparseBlock;
}

inline size_t SparsePackedBytes(size_t n, size_t k) {
  return SparseColumns(n) * (k + sizeof(float));
}

// Interleaving works within 128-bit halves: bytes 4v … 4v + 3 of both halves
// end up in vector v. The place of an output makes that vector the v-th eight.
inline size_t SparsePlace(size_t output) {
  const size_t vector = output / 8;
  return output % 8 < 4 ? vector * 4 + output % 4
                        : 16 + vector * 4 + output % 4;
}

inline void SparsePack(const int8_t* weight, const float* scale, size_t n,
                       size_t k, uint8_t* packed) {
  const size_t columns = SparseColumns(n);
  std::memset(packed, 0, columns * k);
  for (size_t j = 0; j < n; ++j) {
    const size_t place =
        j / kSparseBlock * kSparseBlock + SparsePlace(j % kSparseBlock);
    for (size_t i = 0; i < k; ++i) {
      packed[i * columns + place] = static_cast<uint8_t>(weight[j * k + i]);
    }
  }
  auto* scales = reinterpret_cast<float*>(packed + columns * k);
  for (size_t j = 0; j < columns; ++j) scales[j] = j < n ? scale[j] : 0.0f;
}

// The inputs of a row that are not zero, padded with zeros to fours.
struct Gathered {
  uint32_t offset[kMaxWidth + 4];  // of an input's weights
  alignas(4) uint8_t value[kMaxWidth + 4];
  size_t count;
};
static_assert(sizeof(Gathered) <= ScratchBytes(0, 0));

inline void Gather(const int8_t* q, size_t k, size_t columns, Gathered* out) {
  const __m128i zero = _mm_setzero_si128();
  size_t count = 0;
  for (size_t begin = 0; begin < k; begin += 64) {
    uint64_t mask = 0;
    for (size_t i = begin; i < std::min(begin + 64, k); i += 16) {
      const __m128i x =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(q + i));
      const auto zeros =
          static_cast<uint64_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, zero)));
      mask |= (zeros ^ 0xffff) << (i - begin);
    }
    for (; mask != 0; mask &= mask - 1) {
      const size_t i = begin + static_cast<size_t>(std::countr_zero(mask));
      out->offset[count] = static_cast<uint32_t>(i * columns);
      out->value[count++] = static_cast<uint8_t>(q[i]);
    }
  }
  for (; count % 4 != 0; ++count) {
    out->offset[count] = 0;
    out->value[count] = 0;
  }
  out->count = count;
}

// sum[v] += the products of four inputs with 32 outputs.
template <class T>
[[gnu::always_inline]] inline void AddGathered(const uint8_t* weight,
                                               const uint32_t* offset,
                                               __m256i values,
                                               __m256i (&sum)[4]) {
  const __m256i a = T::LoadInt(weight + offset[0]);
  const __m256i b = T::LoadInt(weight + offset[1]);
  const __m256i c = T::LoadInt(weight + offset[2]);
  const __m256i d = T::LoadInt(weight + offset[3]);
  const __m256i ab[] = {_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)};
  const __m256i cd[] = {_mm256_unpacklo_epi8(c, d), _mm256_unpackhi_epi8(c, d)};
  const __m256i ones = _mm256_set1_epi16(1);
  LENTIL_UNROLL
  for (int v = 0; v < 4; ++v) {
    const __m256i four = v % 2 == 0
                             ? _mm256_unpacklo_epi16(ab[v / 2], cd[v / 2])
                             : _mm256_unpackhi_epi16(ab[v / 2], cd[v / 2]);
    const __m256i pairs = _mm256_maddubs_epi16(values, four);
    sum[v] = T::AddInt(sum[v], _mm256_madd_epi16(pairs, ones));
  }
}

// One row times kBlocks × 32 outputs from `column`.
template <class T, int kBlocks>
[[gnu::noinline]] void SparseTile(const LinearArgs& a, const Gathered& in,
                                  size_t row, size_t column) {
  const size_t columns = SparseColumns(a.n);
  __m256i sum[kBlocks][4];
  LENTIL_UNROLL
  for (int i = 0; i < kBlocks * 4; ++i) sum[i / 4][i % 4] = T::SetInt(0);
  for (size_t i = 0; i < in.count; i += 4) {
    int32_t values;
    std::memcpy(&values, in.value + i, sizeof(values));
    LENTIL_UNROLL
    for (int b = 0; b < kBlocks; ++b) {
      AddGathered<T>(a.packed + column + b * kSparseBlock, in.offset + i,
                     T::SetInt(values), sum[b]);
    }
  }
  const auto* scale =
      reinterpret_cast<const float*>(a.packed + columns * a.k) + column;
  float* const out = a.out + row * a.out_stride + column;
  LENTIL_UNROLL
  for (int i = 0; i < kBlocks * 2; ++i) {
    const __m256i acc[1][2] = {
        {sum[i / 2][i % 2 * 2], sum[i / 2][i % 2 * 2 + 1]}};
    const size_t done = column + i * 16;
    if (done + 16 <= a.n) {
      FinishTile<T, 1>(acc, a.sigma + row, scale + i * 16, out + i * 16,
                       a.out_stride, a.epilogue);
    } else if (done < a.n) {
      FinishEdge<T, 1>(acc, a.sigma + row, scale + i * 16, out + i * 16,
                       a.out_stride, a.n - done, a.epilogue);
    }
  }
}

template <class T>
void SparseLinear(const LinearArgs& a) {
  const size_t columns = SparseColumns(a.n);
  auto* in = reinterpret_cast<Gathered*>(a.scratch);
  for (size_t row = 0; row < a.rows; ++row) {
    Gather(a.q + row * a.q_stride, a.k, columns, in);
    size_t column = 0;
    for (; column + 2 * kSparseBlock <= columns; column += 2 * kSparseBlock) {
      SparseTile<T, 2>(a, *in, row, column);
    }
    if (column < columns) SparseTile<T, 1>(a, *in, row, column);
  }
}

template <class T>
constexpr MatrixKernels kSparseMatrix = {
    .packed_bytes = SparsePackedBytes,
    .pack = SparsePack,
    .apply = SparseLinear<T>,
};

}  // namespace
}  // namespace lentil

#endif  // LENTIL_KERNELS_AVX2_SPARSE_INL_H_

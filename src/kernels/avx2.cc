// SPDX-License-Identifier: Apache-2.0
// AVX2 target. Products widen to int16 and use vpmaddwd (vpmaddubsw saturates
// unless one side stays small).

#include "kernels/targets.h"

#if defined(LENTIL_KERNELS_X86)

#include <immintrin.h>

#include "kernels/avx2_narrow-inl.h"
#include "kernels/avx2_sparse-inl.h"
#include "kernels/table-inl.h"

namespace lentil {
namespace {

struct Avx2 {
  using F = __m256;
  using I = __m256i;
  static constexpr size_t kLanes = 8;
  static constexpr size_t kVectors = 2;

  static F Load(const float* p) { return _mm256_loadu_ps(p); }
  static void Store(float* p, F x) { _mm256_storeu_ps(p, x); }
  static F Set(float x) { return _mm256_set1_ps(x); }
  static F Add(F a, F b) { return _mm256_add_ps(a, b); }
  static F Sub(F a, F b) { return _mm256_sub_ps(a, b); }
  static F Mul(F a, F b) { return _mm256_mul_ps(a, b); }
  static F Div(F a, F b) { return _mm256_div_ps(a, b); }
  static F Sqrt(F x) { return _mm256_sqrt_ps(x); }
  static F Fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static F Min(F a, F b) { return _mm256_min_ps(a, b); }
  static F Max(F a, F b) { return _mm256_max_ps(a, b); }
  static F ToFloat(I x) { return _mm256_cvtepi32_ps(x); }
  static I ToInt(F x) { return _mm256_cvtps_epi32(x); }  // nearest even
  static I Bits(F x) { return _mm256_castps_si256(x); }
  static F Float(I x) { return _mm256_castsi256_ps(x); }

  static I LoadWords(const uint16_t* p) {
    return _mm256_cvtepu16_epi32(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static I LoadInt(const void* p) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(p));
  }
  static void StoreInt(void* p, I x) {
    _mm256_storeu_si256(static_cast<__m256i*>(p), x);
  }
  static I SetInt(int32_t x) { return _mm256_set1_epi32(x); }
  static I AddInt(I a, I b) { return _mm256_add_epi32(a, b); }
  static I SubInt(I a, I b) { return _mm256_sub_epi32(a, b); }
  static I MulInt(I a, I b) { return _mm256_mullo_epi32(a, b); }
  static I MaxInt(I a, I b) { return _mm256_max_epi32(a, b); }
  static I MinInt(I a, I b) { return _mm256_min_epi32(a, b); }
  static I And(I a, I b) { return _mm256_and_si256(a, b); }
  static I Xor(I a, I b) { return _mm256_xor_si256(a, b); }
  template <int kBits>
  static I ShiftLeft(I x) {
    return _mm256_slli_epi32(x, kBits);
  }
  template <int kBits>
  static I ShiftRight(I x) {
    return _mm256_srli_epi32(x, kBits);
  }
  template <int kBits>
  static I ShiftRightSigned(I x) {
    return _mm256_srai_epi32(x, kBits);
  }
  // (x × ratio) >> 30, unsigned, results < 2^32.
  static I MulShift30(I x, uint32_t ratio) {
    const I r = SetInt(static_cast<int32_t>(ratio));
    const I even = _mm256_srli_epi64(_mm256_mul_epu32(x, r), 30);
    const I odd =
        _mm256_slli_epi64(_mm256_mul_epu32(_mm256_srli_epi64(x, 32), r), 2);
    return _mm256_blend_epi32(even, odd, 0xaa);
  }

  static int32_t FirstInt(I x) {
    return _mm_cvtsi128_si32(_mm256_castsi256_si128(x));
  }
  static int32_t SumInt(I x) {
    x = AddInt(x, _mm256_permute2x128_si256(x, x, 1));
    x = AddInt(x, _mm256_shuffle_epi32(x, 0x4e));
    return FirstInt(AddInt(x, _mm256_shuffle_epi32(x, 0xb1)));
  }
  static int32_t LargestInt(I x) {
    x = MaxInt(x, _mm256_permute2x128_si256(x, x, 1));
    x = MaxInt(x, _mm256_shuffle_epi32(x, 0x4e));
    return FirstInt(MaxInt(x, _mm256_shuffle_epi32(x, 0xb1)));
  }
  static float Largest(F x) {
    x = Max(x, _mm256_permute2f128_ps(x, x, 1));
    x = Max(x, _mm256_permute_ps(x, 0x4e));
    return _mm256_cvtss_f32(Max(x, _mm256_permute_ps(x, 0xb1)));
  }

  static void LoadInt8(const int8_t* p, I (&x)[2]) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    x[0] = _mm256_cvtepi8_epi32(bytes);
    x[1] = _mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8));
  }
  static I Narrow16(const I* x) {  // 16 int16 in order
    return _mm256_permute4x64_epi64(_mm256_packs_epi32(x[0], x[1]), 0xd8);
  }
  static void StoreInt16(int16_t* p, const I* x) { StoreInt(p, Narrow16(x)); }
  static void StoreInt8(int8_t* p, const I (&x)[2]) {
    const I words = Narrow16(x);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm_packs_epi16(_mm256_castsi256_si128(words),
                                     _mm256_extracti128_si256(words, 1)));
  }
  static I Widen16(const void* p) {  // 16 int8 to int16
    return _mm256_cvtepi8_epi16(
        _mm_loadu_si128(static_cast<const __m128i*>(p)));
  }
  static int32_t SumOfSquares(const int8_t* q, size_t n) {
    I sum = SetInt(0);
    for (size_t i = 0; i < n; i += 16) {
      const I x = Widen16(q + i);
      sum = AddInt(sum, _mm256_madd_epi16(x, x));
    }
    return SumInt(sum);
  }

  // ---- products: pairs along the depth -------------------------------------

  static constexpr size_t kPanelVectors = 2;
  static constexpr int kMaxTileRows = 6;
  static constexpr int kMaxTallRows = 0;
  static constexpr int kSoftmaxHeads = 2;
  static constexpr size_t kGroup = 2;
  static constexpr size_t kWideGroup = 2;
  static uint8_t Stored(int8_t x) { return static_cast<uint8_t>(x); }

  struct Rows {
    const int16_t* data;
    size_t stride;
  };
  static Rows Prepare(const int8_t* q, size_t q_stride, size_t rows, size_t k,
                      uint8_t* scratch) {
    auto* words = reinterpret_cast<int16_t*>(scratch);
    const size_t stride = rows == 1 ? k : k + 32;  // lines of different sets
    for (size_t r = 0; r < rows; ++r) {
      for (size_t i = 0; i < k; i += 16) {
        StoreInt(words + r * stride + i, Widen16(q + r * q_stride + i));
      }
    }
    return {words, stride};
  }

  // a0 += w0 · pair, a1 += w1 · pair. As assembly: 12 accumulators, two weights
  // and two temporaries fill the registers, and compilers spill for less.
  static void AddPair(const int16_t* pair, I w0, I w1, I& a0, I& a1) {
    I s0 = a0, s1 = a1, t0, t1;
    asm("vpbroadcastd %[pair], %[t0]\n\t"
        "vpmaddwd %[t0], %[w0], %[t1]\n\t"
        "vpmaddwd %[t0], %[w1], %[t0]\n\t"
        "vpaddd %[t1], %[s0], %[s0]\n\t"
        "vpaddd %[t0], %[s1], %[s1]"
        : [s0] "+x"(s0), [s1] "+x"(s1), [t0] "=&x"(t0), [t1] "=&x"(t1)
        : [w0] "x"(w0), [w1] "x"(w1), [pair] "m"(*(const int16_t(*)[2])pair));
    a0 = s0;
    a1 = s1;
  }

  template <int R>
  static void AddPairs(const uint8_t* panel, const int16_t* x, size_t stride,
                       I (&sum)[R][2]) {
    const I w0 = Widen16(panel);
    const I w1 = Widen16(panel + 16);
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) {
      AddPair(x + r * stride, w0, w1, sum[r][0], sum[r][1]);
    }
  }
  template <int R>
  static void Dot(const uint8_t* panel, const int16_t* x, size_t stride,
                  size_t depth, I (&acc)[R][2]) {
    I sum[R][2];  // a local copy stays in registers
    std::memcpy(&sum, &acc, sizeof(sum));
    for (size_t i = 0; i < depth; i += 4) {
      AddPairs(panel + i * 16, x + i, stride, sum);
      AddPairs(panel + i * 16 + 32, x + i + 2, stride, sum);
    }
    std::memcpy(&acc, &sum, sizeof(sum));
  }
  template <int R, size_t V, size_t kWidth = V>
  static void DotBytes(const uint8_t* panel, const Rows& rows, size_t row,
                       size_t depth, I (&acc)[R][V]) {
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) acc[r][0] = acc[r][1] = SetInt(0);
    Dot<R>(panel, rows.data + row * rows.stride, rows.stride, depth, acc);
  }
  template <int R>
  static void DotWide(const uint8_t* panel, const int16_t* e, size_t depth,
                      I (&acc)[R][2]) {
    Dot<R>(panel, e, kMaxSlots, depth, acc);
  }

  // ---- codes of checkpoints: in halves of 4 bits, so that eight products of
  // vpmaddubsw fit 16 bits (8 · 2 · 15 · 127 < 2^15) ------------------------

  static constexpr int kFloatRows = 6;
  static constexpr int kCodeRows = 4;

  // sum += halves of codes, times four bytes of each row.
  template <int R>
  static void AddHalves(I half0, I half1, const int8_t* const* q, size_t at,
                        I (&sum)[R][2]) {
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) {
      int32_t four;
      std::memcpy(&four, q[r] + at, sizeof(four));
      const I x = SetInt(four);
      sum[r][0] = _mm256_add_epi16(sum[r][0], _mm256_maddubs_epi16(half0, x));
      sum[r][1] = _mm256_add_epi16(sum[r][1], _mm256_maddubs_epi16(half1, x));
    }
  }
  template <int R>
  static void CodeDots4(const uint8_t* codes, const int8_t* const* q,
                        size_t block, I (&dot)[R][2]) {
    const I low = _mm256_set1_epi8(15);
    I sum[R][2];
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) sum[r][0] = sum[r][1] = SetInt(0);
    LENTIL_UNROLL
    for (size_t i = 0; i < block; i += 8, codes += 64) {
      const I c0 = LoadInt(codes);
      const I c1 = LoadInt(codes + 32);
      AddHalves<R>(And(c0, low), And(c1, low), q, i, sum);
      AddHalves<R>(And(_mm256_srli_epi16(c0, 4), low),
                   And(_mm256_srli_epi16(c1, 4), low), q, i + 4, sum);
    }
    const I ones = _mm256_set1_epi16(1);
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) {
      dot[r][0] = _mm256_madd_epi16(sum[r][0], ones);
      dot[r][1] = _mm256_madd_epi16(sum[r][1], ones);
    }
  }
  template <int R>
  static void CodeDots8(const uint8_t* codes, const int8_t* const* q,
                        size_t block, I (&dot)[R][2]) {
    const I low = _mm256_set1_epi8(15);
    I sum[R][2], upper[R][2];
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) {
      sum[r][0] = sum[r][1] = upper[r][0] = upper[r][1] = SetInt(0);
    }
    LENTIL_UNROLL
    for (size_t i = 0; i < block; i += 4, codes += 64) {
      const I c0 = LoadInt(codes);
      const I c1 = LoadInt(codes + 32);
      AddHalves<R>(And(c0, low), And(c1, low), q, i, sum);
      AddHalves<R>(And(_mm256_srli_epi16(c0, 4), low),
                   And(_mm256_srli_epi16(c1, 4), low), q, i, upper);
    }
    const I ones = _mm256_set1_epi16(1);
    const I sixteens = _mm256_set1_epi16(16);
    LENTIL_UNROLL
    for (int j = 0; j < 2 * R; ++j) {
      dot[j / 2][j % 2] =
          AddInt(_mm256_madd_epi16(sum[j / 2][j % 2], ones),
                 _mm256_madd_epi16(upper[j / 2][j % 2], sixteens));
    }
  }
  template <int R, int kBits, int kBlock>
  static void CodeDots(const uint8_t* codes, const int8_t* const* q,
                       I (&dot)[R][2]) {
    if constexpr (kBits == 4) return CodeDots4<R>(codes, q, kBlock, dot);
    if constexpr (kBits == 8) return CodeDots8<R>(codes, q, kBlock, dot);
  }
};

constexpr Kernels kAvx2 =
    MakeKernels<Avx2>("avx2", kMatrixT<Narrow<Avx2>>, kSparseMatrix<Avx2>);

}  // namespace

const Kernels& Avx2Kernels() { return kAvx2; }

}  // namespace lentil

#endif  // LENTIL_KERNELS_X86

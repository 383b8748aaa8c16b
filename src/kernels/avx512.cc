// SPDX-License-Identifier: Apache-2.0
// AVX-512 target with VNNI. Weights and keys are stored + 128, unsigned, and
// activations stay signed; 128 · Σ activations is taken off at the start.

#include "kernels/targets.h"

#if defined(LENTIL_KERNELS_X86) || defined(LENTIL_EMULATE_AVX512)

#if !defined(LENTIL_EMULATE_AVX512)
#include <immintrin.h>
#endif

#include "kernels/table-inl.h"

namespace lentil {
namespace {

struct Avx512 {
  using F = __m512;
  using I = __m512i;
  static constexpr size_t kLanes = 16;
  static constexpr size_t kVectors = 1;

  static F Load(const float* p) { return _mm512_loadu_ps(p); }
  static void Store(float* p, F x) { _mm512_storeu_ps(p, x); }
  static F Set(float x) { return _mm512_set1_ps(x); }
  static F Add(F a, F b) { return _mm512_add_ps(a, b); }
  static F Sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static F Mul(F a, F b) { return _mm512_mul_ps(a, b); }
  static F Div(F a, F b) { return _mm512_div_ps(a, b); }
  static F Sqrt(F x) { return _mm512_sqrt_ps(x); }
  static F Fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static F Min(F a, F b) { return _mm512_min_ps(a, b); }
  static F Max(F a, F b) { return _mm512_max_ps(a, b); }
  static F ToFloat(I x) { return _mm512_cvtepi32_ps(x); }
  static I ToInt(F x) { return _mm512_cvtps_epi32(x); }  // nearest even
  static I Bits(F x) { return _mm512_castps_si512(x); }
  static F Float(I x) { return _mm512_castsi512_ps(x); }

  static I LoadWords(const uint16_t* p) {
    return _mm512_cvtepu16_epi32(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static I LoadInt(const void* p) { return _mm512_loadu_si512(p); }
  static void StoreInt(void* p, I x) { _mm512_storeu_si512(p, x); }
  static I SetInt(int32_t x) { return _mm512_set1_epi32(x); }
  static I AddInt(I a, I b) { return _mm512_add_epi32(a, b); }
  static I SubInt(I a, I b) { return _mm512_sub_epi32(a, b); }
  static I MulInt(I a, I b) { return _mm512_mullo_epi32(a, b); }
  static I MaxInt(I a, I b) { return _mm512_max_epi32(a, b); }
  static I MinInt(I a, I b) { return _mm512_min_epi32(a, b); }
  static I And(I a, I b) { return _mm512_and_si512(a, b); }
  static I Xor(I a, I b) { return _mm512_xor_si512(a, b); }
  template <int kBits>
  static I ShiftLeft(I x) {
    return _mm512_slli_epi32(x, kBits);
  }
  template <int kBits>
  static I ShiftRight(I x) {
    return _mm512_srli_epi32(x, kBits);
  }
  template <int kBits>
  static I ShiftRightSigned(I x) {
    return _mm512_srai_epi32(x, kBits);
  }
  // (x × ratio) >> 30, unsigned, results < 2^32.
  static I MulShift30(I x, uint32_t ratio) {
    const I r = SetInt(static_cast<int32_t>(ratio));
    const I even = _mm512_srli_epi64(_mm512_mul_epu32(x, r), 30);
    const I odd =
        _mm512_slli_epi64(_mm512_mul_epu32(_mm512_srli_epi64(x, 32), r), 2);
    return _mm512_mask_blend_epi32(0xaaaa, even, odd);
  }

  static int32_t FirstInt(I x) {
    return _mm_cvtsi128_si32(_mm512_castsi512_si128(x));
  }
  // The halves of a vector, for reductions.
  static __m256i Low(I x) { return _mm512_castsi512_si256(x); }
  static __m256i High(I x) { return _mm512_extracti64x4_epi64(x, 1); }
  static int32_t SumInt(I x) {
    __m256i y = _mm256_add_epi32(Low(x), High(x));
    y = _mm256_add_epi32(y, _mm256_permute2x128_si256(y, y, 1));
    y = _mm256_add_epi32(y, _mm256_shuffle_epi32(y, 0x4e));
    y = _mm256_add_epi32(y, _mm256_shuffle_epi32(y, 0xb1));
    return _mm_cvtsi128_si32(_mm256_castsi256_si128(y));
  }
  static int32_t LargestInt(I x) {
    __m256i y = _mm256_max_epi32(Low(x), High(x));
    y = _mm256_max_epi32(y, _mm256_permute2x128_si256(y, y, 1));
    y = _mm256_max_epi32(y, _mm256_shuffle_epi32(y, 0x4e));
    y = _mm256_max_epi32(y, _mm256_shuffle_epi32(y, 0xb1));
    return _mm_cvtsi128_si32(_mm256_castsi256_si128(y));
  }
  static float Largest(F x) {
    const __m256 low = _mm256_castsi256_ps(Low(Bits(x)));
    __m256 y = _mm256_max_ps(low, _mm256_castsi256_ps(High(Bits(x))));
    y = _mm256_max_ps(y, _mm256_permute2f128_ps(y, y, 1));
    y = _mm256_max_ps(y, _mm256_permute_ps(y, 0x4e));
    return _mm256_cvtss_f32(_mm256_max_ps(y, _mm256_permute_ps(y, 0xb1)));
  }

  static __m128i Load16(const void* p) {
    return _mm_loadu_si128(static_cast<const __m128i*>(p));
  }
  static void LoadInt8(const int8_t* p, I (&x)[1]) {
    x[0] = _mm512_cvtepi8_epi32(Load16(p));
  }
  static void StoreInt16(int16_t* p, const I* x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                        _mm512_cvtepi32_epi16(x[0]));
  }
  static void StoreInt8(int8_t* p, const I (&x)[1]) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(x[0]));
  }
  static int32_t SumOfSquares(const int8_t* q, size_t n) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < n; i += 16) {
      const __m256i x = _mm256_cvtepi8_epi16(Load16(q + i));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x, x));
    }
    return SumInt(_mm512_inserti64x4(_mm512_setzero_si512(), sum, 0));
  }

  // ---- products ------------------------------------------------------------

  static constexpr size_t kPanelVectors = 4;
  static constexpr int kMaxTileRows = 6;
  static constexpr int kMaxTallRows = 8;
  static constexpr int kSoftmaxHeads = 4;
  static constexpr size_t kGroup = 4;
  static constexpr size_t kWideGroup = 2;
  static uint8_t Stored(int8_t x) { return static_cast<uint8_t>(x + 128); }

  // acc + u · x, unsigned × signed.
  static I DotAdd(I acc, I u, I x) {
#if defined(LENTIL_EMULATE_AVX512)
    return _mm512_dpbusd_epi32(acc, u, x);
#else
    asm("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(u), "v"(x));
    return acc;
#endif
  }

  struct Rows {
    const int8_t* data;
    size_t stride;
    const int32_t* start;  // −128 · Σ of each row
  };
  static Rows Prepare(const int8_t* q, size_t q_stride, size_t rows, size_t k,
                      uint8_t* scratch) {
    auto* start = reinterpret_cast<int32_t*>(scratch);
    const int8_t* q_row = q;
    size_t r = 0;
    for (; r + 4 <= rows; r += 4, q_row += 4 * q_stride) {
      const I sums[] = {PartialSums(q_row, k), PartialSums(q_row + q_stride, k),
                        PartialSums(q_row + 2 * q_stride, k),
                        PartialSums(q_row + 3 * q_stride, k)};
      const __m128i taken = _mm_slli_epi32(SumFour(sums), 7);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(start + r),
                       _mm_sub_epi32(_mm_setzero_si128(), taken));
    }
    for (; r < rows; ++r, q_row += q_stride) {
      start[r] = -128 * SumInt(PartialSums(q_row, k));
    }
    return {q, q_stride, start};
  }
  // Σ (1 · q) as products, the last ones beside zeros.
  static I PartialSums(const int8_t* x, size_t k) {
    const I ones = _mm512_set1_epi8(1);
    const size_t rest = k % 64;
    I sum = SetInt(0);
    for (size_t i = 0; i + 64 <= k; i += 64) {
      sum = DotAdd(sum, ones, LoadInt(x + i));
    }
    if (rest > 0) {
      int8_t last[64] = {};
      std::memcpy(last, x + k - rest, rest);
      sum = DotAdd(sum, ones, LoadInt(last));
    }
    return sum;
  }
  // The sum of each of four vectors.
  static __m128i SumFour(const I (&x)[4]) {
    const I ab = _mm512_add_epi32(_mm512_unpacklo_epi32(x[0], x[1]),
                                  _mm512_unpackhi_epi32(x[0], x[1]));
    const I cd = _mm512_add_epi32(_mm512_unpacklo_epi32(x[2], x[3]),
                                  _mm512_unpackhi_epi32(x[2], x[3]));
    const I all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd),
                                   _mm512_unpackhi_epi64(ab, cd));
    const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all),
                                          _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half),
                         _mm256_extracti128_si256(half, 1));
  }

  static I Broadcast4(const void* p) {
    int32_t four;
    std::memcpy(&four, p, sizeof(four));
    return SetInt(four);
  }
  // sum[v] += w[v] · four, unsigned × signed. As assembly: g++ 12 copies
  // accumulators around the intrinsic and spills what then does not fit.
  static void AddFour(const int8_t* four, const I (&w)[4], I (&sum)[4]) {
    I s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3], t;
#if defined(LENTIL_EMULATE_AVX512)
    t = Broadcast4(four);
    s0 = _mm512_dpbusd_epi32(s0, w[0], t);
    s1 = _mm512_dpbusd_epi32(s1, w[1], t);
    s2 = _mm512_dpbusd_epi32(s2, w[2], t);
    s3 = _mm512_dpbusd_epi32(s3, w[3], t);
#else
    asm("vpbroadcastd %[four], %[t]\n\t"
        "vpdpbusd %[t], %[w0], %[s0]\n\t"
        "vpdpbusd %[t], %[w1], %[s1]\n\t"
        "vpdpbusd %[t], %[w2], %[s2]\n\t"
        "vpdpbusd %[t], %[w3], %[s3]"
        :
        [s0] "+v"(s0), [s1] "+v"(s1), [s2] "+v"(s2), [s3] "+v"(s3), [t] "=&v"(t)
        : [w0] "v"(w[0]), [w1] "v"(w[1]), [w2] "v"(w[2]), [w3] "v"(w[3]),
          [four] "m"(*(const int8_t(*)[4])four));
#endif
    sum[0] = s0, sum[1] = s1, sum[2] = s2, sum[3] = s3;
  }
  static void AddFour(const int8_t* four, const I (&w)[2], I (&sum)[2]) {
    I s0 = sum[0], s1 = sum[1], t;
#if defined(LENTIL_EMULATE_AVX512)
    t = Broadcast4(four);
    s0 = _mm512_dpbusd_epi32(s0, w[0], t);
    s1 = _mm512_dpbusd_epi32(s1, w[1], t);
#else
    asm("vpbroadcastd %[four], %[t]\n\t"
        "vpdpbusd %[t], %[w0], %[s0]\n\t"
        "vpdpbusd %[t], %[w1], %[s1]"
        : [s0] "+v"(s0), [s1] "+v"(s1), [t] "=&v"(t)
        :
        [w0] "v"(w[0]), [w1] "v"(w[1]), [four] "m"(*(const int8_t(*)[4])four));
#endif
    sum[0] = s0, sum[1] = s1;
  }
  static void AddFour(const int8_t* four, const I (&w)[1], I (&sum)[1]) {
    sum[0] = DotAdd(sum[0], w[0], Broadcast4(four));
  }
  static I WidenPairs(const uint8_t* p) {  // 32 int8 to int16
    return _mm512_cvtepi8_epi16(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static I DotAddWide(I acc, I a, I b) {
#if defined(LENTIL_EMULATE_AVX512)
    return _mm512_dpwssd_epi32(acc, a, b);
#else
    asm("vpdpwssd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b));
    return acc;
#endif
  }

  template <int R, size_t V, size_t kWidth = V>
  [[gnu::always_inline]] static void DotBytes(const uint8_t* panel,
                                              const Rows& rows, size_t row,
                                              size_t depth, I (&acc)[R][V]) {
    const int8_t* x = rows.data + row * rows.stride;
    const int32_t* const start = rows.start + row;
    LENTIL_UNROLL
    for (size_t j = 0; j < R * V; ++j) acc[j / V][j % V] = SetInt(start[j / V]);
    // Four steps at a time: what counts and branches would take ports from the
    // products.
    for (size_t i = 0; i < depth; i += 16, x += 16) {
      LENTIL_UNROLL
      for (size_t step = 0; step < 16; step += 4) {
        I w[V];
        LENTIL_UNROLL
        for (size_t v = 0; v < V; ++v) {
          w[v] = LoadInt(panel + ((i + step) * kWidth + v * 4) * kLanes);
        }
        LENTIL_UNROLL
        for (int r = 0; r < R; ++r) {
          AddFour(x + r * rows.stride + step, w, acc[r]);
        }
      }
    }
  }
  // Two chains per row hide the latency of the products.
  template <int R>
  static void DotWide(const uint8_t* panel, const int16_t* e, size_t depth,
                      I (&acc)[R][1]) {
    I sum[2 * R];
    LENTIL_UNROLL
    for (int j = 0; j < 2 * R; ++j) sum[j] = SetInt(0);
    for (size_t i = 0; i < depth; i += 4) {
      const I values[] = {WidenPairs(panel + i * 16),
                          WidenPairs(panel + i * 16 + 32)};
      LENTIL_UNROLL
      for (int j = 0; j < 2 * R; ++j) {
        const int16_t* pair = e + j / 2 * kMaxSlots + i + j % 2 * 2;
        sum[j] = DotAddWide(sum[j], values[j % 2], Broadcast4(pair));
      }
    }
    LENTIL_UNROLL
    for (int j = 0; j < 2 * R; ++j)
      acc[j / 2][0] = AddInt(acc[j / 2][0], sum[j]);
  }

  // ---- codes of checkpoints ------------------------------------------------

  static constexpr int kFloatRows = 12;
  static constexpr int kCodeRows = 8;

  template <int R, int kBits, int kBlock>
  static void CodeDots(const uint8_t* codes, const int8_t* const* q,
                       I (&dot)[R][1]) {
    const I low = _mm512_set1_epi8(15);
    I sum[R][1];
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) sum[r][0] = SetInt(0);
    LENTIL_UNROLL
    for (int i = 0; i < kBlock; i += 32 / kBits, codes += 64) {
      const I c = LoadInt(codes);
      const I first[] = {kBits == 8 ? c : And(c, low)};
      LENTIL_UNROLL
      for (int r = 0; r < R; ++r) AddFour(q[r] + i, first, sum[r]);
      if constexpr (kBits == 4) {
        const I second[] = {And(ShiftRight<4>(c), low)};
        LENTIL_UNROLL
        for (int r = 0; r < R; ++r) AddFour(q[r] + i + 4, second, sum[r]);
      }
    }
    LENTIL_UNROLL
    for (int r = 0; r < R; ++r) dot[r][0] = sum[r][0];
  }
};

constexpr Kernels kAvx512 = MakeKernels<Avx512>("avx512");

}  // namespace

#if defined(LENTIL_EMULATE_AVX512)
const Kernels& Avx512EmulatedKernels() { return kAvx512; }
#else
const Kernels& Avx512Kernels() { return kAvx512; }
#endif

}  // namespace lentil

#endif  // LENTIL_KERNELS_X86

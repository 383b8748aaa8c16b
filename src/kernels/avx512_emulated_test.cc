// SPDX-License-Identifier: Apache-2.0
// Compiles the AVX-512 target over SIMDe, so that it is tested anywhere.

#include "kernels/test_tables.h"

#if __has_include(<simde/x86/avx512.h>) && defined(__AVX2__)

#define LENTIL_EMULATE_AVX512
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#include <cstring>

// In halves: what Debian 12's SIMDe lacks, and what overflows int32_t in it.
namespace {

template <class To, class From, class Convert>
To Halves(From x, Convert convert) {
  using Half = decltype(convert(0, x));
  const Half halves[] = {convert(0, x), convert(1, x)};
  static_assert(sizeof(halves) == sizeof(To));
  To y;
  std::memcpy(&y, halves, sizeof(y));
  return y;
}
template <class Half, class From>
Half HalfOf(int i, const From& x) {
  Half half;
  std::memcpy(&half, reinterpret_cast<const char*>(&x) + i * sizeof(half),
              sizeof(half));
  return half;
}

__m512i EmulatedSub(__m512i a, __m512i b) {
  return Halves<__m512i>(a, [&b](int i, __m512i v) {
    return _mm256_sub_epi32(HalfOf<__m256i>(i, v), HalfOf<__m256i>(i, b));
  });
}
__m512i EmulatedMul(__m512i a, __m512i b) {
  return Halves<__m512i>(a, [&b](int i, __m512i v) {
    return _mm256_mullo_epi32(HalfOf<__m256i>(i, v), HalfOf<__m256i>(i, b));
  });
}
template <int kBits>
__m512i EmulatedShiftRightSigned(__m512i x) {
  return Halves<__m512i>(x, [](int i, __m512i v) {
    return _mm256_srai_epi32(HalfOf<__m256i>(i, v), kBits);
  });
}
__m512 EmulatedToFloat(__m512i x) {
  return Halves<__m512>(x, [](int i, __m512i v) {
    return _mm256_cvtepi32_ps(HalfOf<__m256i>(i, v));
  });
}
__m512 EmulatedFma(__m512 a, __m512 b, __m512 c) {
  return Halves<__m512>(a, [&b, &c](int i, __m512 v) {
    return _mm256_fmadd_ps(HalfOf<__m256>(i, v), HalfOf<__m256>(i, b),
                           HalfOf<__m256>(i, c));
  });
}
__m512i EmulatedToInt(__m512 x) {
  return Halves<__m512i>(x, [](int i, __m512 v) {
    return _mm256_cvtps_epi32(HalfOf<__m256>(i, v));
  });
}
__m512i EmulatedWiden(__m128i x) {
  return Halves<__m512i>(x, [](int i, __m128i v) {
    return _mm256_cvtepi8_epi32(i == 0 ? v : _mm_srli_si128(v, 8));
  });
}
__m512i EmulatedWidenWords(__m256i x) {
  return Halves<__m512i>(x, [](int i, __m256i v) {
    return _mm256_cvtepu16_epi32(HalfOf<__m128i>(i, v));
  });
}
__m256i EmulatedNarrow16(__m512i x) {
  alignas(32) int16_t y[16];
  for (int i = 0; i < 16; ++i) {
    y[i] = HalfOf<int16_t>(2 * i, x);  // low words, little-endian
  }
  return HalfOf<__m256i>(0, y);
}
__m128i EmulatedNarrow8(__m512i x) {
  int8_t y[16];
  for (int i = 0; i < 16; ++i) y[i] = HalfOf<int8_t>(4 * i, x);
  return HalfOf<__m128i>(0, y);
}

}  // namespace

#undef _mm512_sub_epi32
#undef _mm512_mullo_epi32
#undef _mm512_fmadd_ps
#define _mm512_sub_epi32 EmulatedSub
#define _mm512_mullo_epi32 EmulatedMul
#define _mm512_fmadd_ps EmulatedFma
#define _mm512_srai_epi32(x, bits) EmulatedShiftRightSigned<bits>(x)
#define _mm512_cvtepi32_ps EmulatedToFloat
#define _mm512_cvtps_epi32 EmulatedToInt
#define _mm512_cvtepi8_epi32 EmulatedWiden
#define _mm512_cvtepu16_epi32 EmulatedWidenWords
#define _mm512_cvtepi32_epi16 EmulatedNarrow16
#define _mm512_cvtepi32_epi8 EmulatedNarrow8

#include "kernels/avx512.cc"  // NOLINT(bugprone-suspicious-include)

namespace lentil {
const Kernels* EmulatedTable() { return &Avx512EmulatedKernels(); }
}  // namespace lentil

#else

namespace lentil {
const Kernels* EmulatedTable() { return nullptr; }
}  // namespace lentil

#endif

// SPDX-License-Identifier: Apache-2.0
#include "base/fp_mode.h"

#include <gtest/gtest.h>

#include <cfenv>
#include <limits>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "base/cpu.h"

namespace lentil {
namespace {

// 1 - 2^-30 as a float: 1 to nearest, less when rounding down.
float JustBelowOne() {
  volatile float one = 1.0f;
  volatile float tiny = 0x1p-30f;
  return one - tiny;
}

TEST(FpMode, SetsNearestAndRestores) {
  std::fesetround(FE_DOWNWARD);
  const float before = JustBelowOne();
  float inside;
  {
    const ScopedFpMode mode;
    inside = JustBelowOne();
  }
  const float after = JustBelowOne();
  std::fesetround(FE_TONEAREST);
  EXPECT_LT(before, 1.0f);
  EXPECT_EQ(inside, 1.0f);
  EXPECT_LT(after, 1.0f);
}

#if defined(__x86_64__)
TEST(FpMode, KeepsSubnormals) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // flush to zero, denormals are zero
  volatile float small = std::numeric_limits<float>::min();
  EXPECT_EQ(small / 2, 0.0f);
  {
    const ScopedFpMode mode;
    EXPECT_GT(small / 2, 0.0f);
  }
  EXPECT_EQ(small / 2, 0.0f);
  _mm_setcsr(before);
}
#endif

TEST(Cpu, IsConsistent) {
  EXPECT_GE(CpuThreads(), 1);
  EXPECT_TRUE(Cpu().avx512 || !Cpu().avx512_vnni);
}

}  // namespace
}  // namespace lentil

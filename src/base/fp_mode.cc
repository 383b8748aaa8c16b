// SPDX-License-Identifier: Apache-2.0
// MXCSR on x86, FPCR on aarch64; elsewhere the rounding mode of <cfenv>.

#include "base/fp_mode.h"

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

namespace lentil {
namespace {

#if defined(__x86_64__) || defined(__i386__)
constexpr uint32_t kMode = 0x1f80;  // all traps masked, nearest, no FTZ/DAZ
uint64_t GetMode() { return _mm_getcsr(); }
void SetMode(uint64_t mode) { _mm_setcsr(static_cast<uint32_t>(mode)); }
#elif defined(__aarch64__)
constexpr uint64_t kMode = 0;  // nearest, no FZ, no FZ16, no DN, no traps
uint64_t GetMode() {
  uint64_t mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void SetMode(uint64_t mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
constexpr uint64_t kMode = FE_TONEAREST;
uint64_t GetMode() { return static_cast<uint64_t>(std::fegetround()); }
void SetMode(uint64_t mode) { std::fesetround(static_cast<int>(mode)); }
#endif

}  // namespace

ScopedFpMode::ScopedFpMode() : saved_(GetMode()) { SetMode(kMode); }
ScopedFpMode::~ScopedFpMode() { SetMode(saved_); }

}  // namespace lentil

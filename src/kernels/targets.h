// SPDX-License-Identifier: Apache-2.0
// The vector tables this build has. Call one only on a machine that has its
// instructions; kernels.h chooses. LENTIL_SCALAR_ONLY leaves them all out.

#ifndef LENTIL_KERNELS_TARGETS_H_
#define LENTIL_KERNELS_TARGETS_H_

#if !defined(LENTIL_SCALAR_ONLY)
#if defined(__x86_64__)
#define LENTIL_KERNELS_X86
#elif defined(__aarch64__)
#define LENTIL_KERNELS_ARM
#endif
#endif

namespace lentil {

struct FloatKernels;
struct Kernels;

const FloatKernels& ScalarFloats();  // of ScalarKernels

const Kernels& Avx2Kernels();            // AVX2 and FMA
const Kernels& Avx512Kernels();          // AVX-512 F, BW, DQ, VL, VNNI
const Kernels& Avx512EmulatedKernels();  // the same source, in tests only
const Kernels& NeonKernels();            // ARMv8.2 with dot products

}  // namespace lentil

#endif  // LENTIL_KERNELS_TARGETS_H_

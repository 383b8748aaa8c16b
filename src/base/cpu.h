// SPDX-License-Identifier: Apache-2.0
// What this processor, and the operating system on it, can run.

#ifndef LENTIL_BASE_CPU_H_
#define LENTIL_BASE_CPU_H_

namespace lentil {

struct CpuFeatures {
  bool avx2 = false;         // with FMA and BMI1
  bool avx512 = false;       // F, BW, DQ and VL
  bool avx512_vnni = false;  // on top of avx512
  bool neon_dotprod = false;
};

// Looked up once. Thread-safe.
const CpuFeatures& Cpu();

// Hardware threads this process may use, at least 1.
int CpuThreads();

}  // namespace lentil

#endif  // LENTIL_BASE_CPU_H_

// SPDX-License-Identifier: Apache-2.0
// Tables that exist in tests only.

#ifndef LENTIL_KERNELS_TEST_TABLES_H_
#define LENTIL_KERNELS_TEST_TABLES_H_

#include "kernels/kernels.h"

namespace lentil {

// The AVX-512 source on emulated instructions, where SIMDe is installed; else
// null. Equal bits here prove the source, not the speed.
const Kernels* EmulatedTable();

}  // namespace lentil

#endif  // LENTIL_KERNELS_TEST_TABLES_H_

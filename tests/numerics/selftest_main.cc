// SPDX-License-Identifier: Apache-2.0
// The self-test alone, small enough to build with any compiler: one line per
// table of kernels; exit code 1 if one of them gives another hash.

#include <cinttypes>
#include <cstdio>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/test_tables.h"
#include "model/selftest.h"

int main() {
  std::vector<const lentil::Kernels*> tables(
      lentil::AvailableKernels().begin(), lentil::AvailableKernels().end());
  if (lentil::EmulatedTable() != nullptr) {
    tables.push_back(lentil::EmulatedTable());
  }
  bool same = true;
  for (const lentil::Kernels* kernels : tables) {
    const auto hash = lentil::RunSelftest(*kernels);
    const uint64_t value = hash.ok() ? *hash : 0;
    same = same && value == lentil::kSelftestHash;
    std::printf("  %-16s %016" PRIx64 "\n", kernels->name, value);
  }
  return same ? 0 : 1;
}

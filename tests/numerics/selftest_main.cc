// SPDX-License-Identifier: Apache-2.0
// The self-tests alone, small enough to build with any compiler: one line per
// table of kernels, with the hashes of the model, of the context models and of
// checkpoints; exit code 1 if one of them is another.

#include <cstdio>
#include <vector>

#include "base/hash.h"
#include "kernels/kernels.h"
#include "kernels/test_tables.h"
#include "mixing/mixing_selftest.h"
#include "model/imported/transformer_selftest.h"
#include "model/selftest.h"

int main() {
  std::vector<const lentil::Kernels*> tables(lentil::AvailableKernels().begin(),
                                             lentil::AvailableKernels().end());
  if (lentil::EmulatedTable() != nullptr) {
    tables.push_back(lentil::EmulatedTable());
  }
  bool same = true;
  for (const lentil::Kernels* kernels : tables) {
    const auto hash = lentil::RunSelftest(*kernels);
    const uint64_t value = hash.ok() ? *hash : 0;
    const uint64_t mixer = lentil::RunMixingSelftest(*kernels);
    const auto checkpoints = lentil::RunTransformerSelftest(*kernels);
    const uint64_t of_checkpoints = checkpoints.ok() ? *checkpoints : 0;
    same = same && value == lentil::kSelftestHash &&
           mixer == lentil::kMixingHash &&
           of_checkpoints == lentil::kTransformerHash;
    std::printf("  %-16s %s %s %s\n", kernels->name,
                lentil::HashText(value).c_str(),
                lentil::HashText(mixer).c_str(),
                lentil::HashText(of_checkpoints).c_str());
  }
  return same ? 0 : 1;
}

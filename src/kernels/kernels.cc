// SPDX-License-Identifier: Apache-2.0
// Which kernel tables this build has and this machine can run.

#include "kernels/kernels.h"

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/cpu.h"
#include "kernels/targets.h"

namespace lentil {
namespace {

struct Tables {
  std::array<const Kernels*, 4> table{};
  size_t count = 0;
};

Tables Detect() {
  Tables found;
  const auto add = [&](const Kernels& kernels) {
    found.table[found.count++] = &kernels;
  };
  add(ScalarKernels());
#if defined(LENTIL_KERNELS_X86)
  if (Cpu().avx2) add(Avx2Kernels());
  if (Cpu().avx512_vnni) add(Avx512Kernels());
#elif defined(LENTIL_KERNELS_ARM)
  if (Cpu().neon_dotprod) add(NeonKernels());
#endif
  return found;
}

}  // namespace

std::span<const Kernels* const> AvailableKernels() {
  static const Tables tables = Detect();
  return std::span(tables.table.data(), tables.count);
}

Result<const Kernels*> FindKernels(std::string_view name) {
  std::string known;
  for (const Kernels* kernels : AvailableKernels()) {
    if (name == kernels->name) return kernels;
    known += std::string(known.empty() ? "" : ", ") + kernels->name;
  }
  return Status(Code::kInvalidArgument, "no kernels '" + std::string(name) +
                                            "' on this machine; it has " +
                                            known);
}

Result<const Kernels*> DefaultKernels() {
  static const Result<const Kernels*> chosen = [] {
    const char* forced = std::getenv("LENTIL_KERNELS");
    if (forced == nullptr || *forced == '\0') {
      return Result<const Kernels*>(AvailableKernels().back());
    }
    Result<const Kernels*> found = FindKernels(forced);
    if (found.ok()) return found;
    return Result<const Kernels*>(found.status().WithContext("LENTIL_KERNELS"));
  }();
  return chosen;
}

PackedMatrix::PackedMatrix(const MatrixKernels& kernels, const int8_t* weight,
                           const float* scale, size_t n, size_t k)
    : kernels_(&kernels), n_(n), k_(k), bytes_(kernels.packed_bytes(n, k)) {
  kernels.pack(weight, scale, n, k, bytes_.data());
}

}  // namespace lentil

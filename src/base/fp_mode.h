// SPDX-License-Identifier: Apache-2.0
// The floating-point mode that docs/numerics.md asks for, while in scope.

#ifndef LENTIL_BASE_FP_MODE_H_
#define LENTIL_BASE_FP_MODE_H_

#include <cstdint>

namespace lentil {

// Rounds to nearest, keeps subnormals, traps nothing: on this thread, until the
// end of the scope, when the caller's mode returns. Costs a few ns.
class ScopedFpMode {
 public:
  ScopedFpMode();
  ~ScopedFpMode();
  ScopedFpMode(const ScopedFpMode&) = delete;
  ScopedFpMode& operator=(const ScopedFpMode&) = delete;

 private:
  uint64_t saved_;
};

}  // namespace lentil

#endif  // LENTIL_BASE_FP_MODE_H_

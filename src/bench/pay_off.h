// SPDX-License-Identifier: Apache-2.0
// From what size of sources a model is worth the bytes it has itself.

#ifndef LENTIL_BENCH_PAY_OFF_H_
#define LENTIL_BENCH_PAY_OFF_H_

#include <cstdint>
#include <optional>

namespace lentil {

// One source, coded with a model and without one.
struct ModelSaving {
  uint64_t model_bytes = 0;
  uint64_t source_bytes = 0;
  uint64_t code_bytes = 0;   // with the model
  uint64_t rival_bytes = 0;  // without
};

// The source bytes at which the model has saved its own: model bytes over what
// it saves per source byte, rounded up. Supposes that longer sources are like
// this one. None without a model or if it saves nothing.
std::optional<double> PayOffBytes(const ModelSaving& saving);

}  // namespace lentil

#endif  // LENTIL_BENCH_PAY_OFF_H_

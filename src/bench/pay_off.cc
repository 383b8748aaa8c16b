// SPDX-License-Identifier: Apache-2.0
// From what size of sources a model is worth the bytes it has itself.

#include "bench/pay_off.h"

#include <cmath>

namespace lentil {

std::optional<double> PayOffBytes(const ModelSaving& saving) {
  if (saving.model_bytes == 0 || saving.code_bytes >= saving.rival_bytes) {
    return std::nullopt;
  }
  // The product first: whole numbers stay exact, and need more than 64 bits.
  const double product = static_cast<double>(saving.model_bytes) *
                         static_cast<double>(saving.source_bytes);
  return std::ceil(product /
                   static_cast<double>(saving.rival_bytes - saving.code_bytes));
}

}  // namespace lentil

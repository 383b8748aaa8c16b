// SPDX-License-Identifier: Apache-2.0
// How many weights a model has.

#ifndef LENTIL_MODEL_WEIGHT_COUNT_H_
#define LENTIL_MODEL_WEIGHT_COUNT_H_

#include <cstdint>

#include "model/config.h"

namespace lentil {

// Entries of all embedding tables and matrices; scales and the few numbers of
// each head are not among them.
inline uint64_t CountWeights(const DecoderConfig& config) {
  const uint64_t width = config.d_model;
  const uint64_t layer =
      width * (config.qkv_rows() + config.q_dim() + uint64_t{2} * config.d_mlp);
  return width * (uint64_t{config.num_inputs()} * kNumSymbols + kNumBytes) +
         layer * config.layers();
}

}  // namespace lentil

#endif  // LENTIL_MODEL_WEIGHT_COUNT_H_

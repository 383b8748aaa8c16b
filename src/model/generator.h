// SPDX-License-Identifier: Apache-2.0
// What continues a text: a model, context models, another compressor.

#ifndef LENTIL_MODEL_GENERATOR_H_
#define LENTIL_MODEL_GENERATOR_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "model/sampler.h"

namespace lentil {

// One text. After an error it can only be destroyed. Not thread-safe.
class Generator {
 public:
  virtual ~Generator() = default;

  // The text goes on with these bytes.
  virtual Status Append(std::span<const uint8_t> bytes) = 0;

  // Appends what `sampler` draws, at least one byte, to the text and to `out`.
  virtual Status Draw(Sampler* sampler, std::vector<uint8_t>* out) = 0;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_GENERATOR_H_

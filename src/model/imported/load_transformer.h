// SPDX-License-Identifier: Apache-2.0
// From a checkpoint to a decoder that runs.

#ifndef LENTIL_MODEL_IMPORTED_LOAD_TRANSFORMER_H_
#define LENTIL_MODEL_IMPORTED_LOAD_TRANSFORMER_H_

#include <cstdint>
#include <memory>

#include "base/status.h"
#include "model/imported/plan.h"
#include "model/imported/transformer.h"
#include "weights/checkpoint.h"

namespace lentil {

// What its configuration or its metadata say, for texts of up to `context`
// positions; families.h has the errors.
Result<DecoderPlan> PlanOf(const Checkpoint& checkpoint, uint32_t context);

// Its family by its configuration (families.h), its weights packed, for texts
// of at most `context` positions, and of no more than it was trained for: some
// rotary scalings ask. The files stay mapped for the decoder's life; memory
// for their pages is given back while weights are packed.
Result<std::shared_ptr<const Transformer>> LoadTransformer(
    const std::shared_ptr<const Checkpoint>& checkpoint, uint32_t context);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_LOAD_TRANSFORMER_H_

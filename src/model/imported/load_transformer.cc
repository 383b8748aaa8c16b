// SPDX-License-Identifier: Apache-2.0

#include "model/imported/load_transformer.h"

#include <utility>

#include "model/imported/families.h"

namespace lentil {

Result<DecoderPlan> PlanOf(const Checkpoint& checkpoint, uint32_t context) {
  if (checkpoint.gguf() != nullptr) {
    return PlanFromGguf(*checkpoint.gguf(), context);
  }
  return PlanFromConfig(checkpoint.config_json(), context);
}

Result<std::shared_ptr<const Transformer>> LoadTransformer(
    const std::shared_ptr<const Checkpoint>& checkpoint, uint32_t context) {
  LENTIL_ASSIGN_OR_RETURN(DecoderPlan plan, PlanOf(*checkpoint, context));
  if (context > plan.spec.max_positions) {
    LENTIL_ASSIGN_OR_RETURN(plan, PlanOf(*checkpoint, plan.spec.max_positions));
  }
  return Transformer::Load(checkpoint->tensors(), std::move(plan), checkpoint,
                           [&] { checkpoint->ReleasePages(); });
}

}  // namespace lentil

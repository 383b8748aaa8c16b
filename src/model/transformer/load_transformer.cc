// SPDX-License-Identifier: Apache-2.0

#include "model/transformer/load_transformer.h"

#include <utility>

#include "model/transformer/families.h"

namespace lentil {

Result<std::shared_ptr<const Transformer>> LoadTransformer(
    const std::shared_ptr<const Checkpoint>& checkpoint, uint32_t context) {
  LENTIL_ASSIGN_OR_RETURN(
      DecoderPlan plan,
      checkpoint->gguf() != nullptr
          ? PlanFromGguf(*checkpoint->gguf(), context)
          : PlanFromConfig(checkpoint->config_json(), context));
  return Transformer::Load(checkpoint->tensors(), std::move(plan), checkpoint,
                           [&] { checkpoint->ReleasePages(); });
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
#include "codec/record_sample.h"

#include <string>

#include "base/hash.h"

namespace lentil {

RecordSample::RecordSample(std::span<const uint8_t> bytes)
    : bytes_(bytes.begin(), bytes.end()), hash_(Hash64(bytes)) {}

Result<std::shared_ptr<const RecordSample>> RecordSample::Make(
    std::span<const uint8_t> bytes) {
  if (bytes.size() > RecordPrior::kMaxSample) {
    return Status(Code::kInvalidArgument,
                  "a sample has at most " +
                      std::to_string(RecordPrior::kMaxSample >> 20) +
                      " MiB; this one has " + std::to_string(bytes.size()) +
                      " bytes");
  }
  return std::shared_ptr<const RecordSample>(new RecordSample(bytes));
}

Result<std::shared_ptr<const RecordPrior>> RecordSample::PriorOf(
    RecordForm form, const std::shared_ptr<const Model>& model) const {
  const std::lock_guard lock(mutex_);
  auto& prior = priors_[{form, model != nullptr ? model->hash() : 0}];
  if (prior == nullptr) {
    LENTIL_ASSIGN_OR_RETURN(prior, RecordPrior::Make(bytes_, form, model));
  }
  return prior;
}

}  // namespace lentil

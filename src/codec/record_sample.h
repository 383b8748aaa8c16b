// SPDX-License-Identifier: Apache-2.0
// A sample, and the priors that models make of it.

#ifndef LENTIL_CODEC_RECORD_SAMPLE_H_
#define LENTIL_CODEC_RECORD_SAMPLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "base/status.h"
#include "codec/record_prior.h"

namespace lentil {

// Thread-safe: any number of codecs share one.
class RecordSample {
 public:
  // kInvalidArgument beyond RecordPrior::kMaxSample.
  static Result<std::shared_ptr<const RecordSample>> Make(
      std::span<const uint8_t> bytes);

  size_t size() const { return bytes_.size(); }
  uint64_t hash() const { return hash_; }  // Hash64

  // Made at the first call (RecordPrior::Make) and kept. `model` may be null.
  Result<std::shared_ptr<const RecordPrior>> PriorOf(
      RecordForm form, const std::shared_ptr<const Model>& model) const;

 private:
  explicit RecordSample(std::span<const uint8_t> bytes);

  std::vector<uint8_t> bytes_;
  uint64_t hash_;
  mutable std::mutex mutex_;
  // By form and the model's hash, 0 without.
  mutable std::map<std::pair<RecordForm, uint64_t>,
                   std::shared_ptr<const RecordPrior>>
      priors_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_RECORD_SAMPLE_H_

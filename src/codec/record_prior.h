// SPDX-License-Identifier: Apache-2.0
// Context models that have read a sample: what small records are coded from.

#ifndef LENTIL_CODEC_RECORD_PRIOR_H_
#define LENTIL_CODEC_RECORD_PRIOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "format/record_form.h"
#include "mixing/context_mixer.h"
#include "mixing/journal.h"
#include "model/model.h"

namespace lentil {

// The state after the sample, and copies of it that are lent out. Thread-safe.
class RecordPrior {
 public:
  static constexpr size_t kMaxSample = size_t{4} << 20;  // bytes of the file
  static constexpr uint32_t kModelBytes = 64u << 10;  // read with the model too

  // One record's turn: the context models start from the state after the
  // sample, and the destructor puts them back there and into the prior, which
  // must live.
  class Lease {
   public:
    // `text`: where the record's bytes are or will be.
    Lease(const RecordPrior& prior, const uint8_t* text);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    ContextMixer* mixer() const { return &copy_->mixer; }
    static constexpr uint32_t kLane = 1;  // of the record

   private:
    friend class RecordPrior;
    struct Copy {
      ContextMixer mixer;
      Journal journal;
    };
    const RecordPrior& prior_;
    std::unique_ptr<Copy> copy_;
  };

  // Reads the sample: about 300 KB/s, its end at the speed of the model, which
  // may be null. kInvalidArgument if it is too large or no such records.
  static Result<std::shared_ptr<const RecordPrior>> Make(
      std::span<const uint8_t> sample, RecordForm form,
      std::shared_ptr<const Model> model);

  const std::shared_ptr<const Model>& model() const { return model_; }
  uint64_t sample_hash() const { return hash_; }  // Hash64 of the sample

  // Of a prior that a sample of this size makes.
  static uint64_t MemoryFor(size_t sample_size);
  // Of this one, and of each record that is being coded.
  uint64_t MemoryBytes() const;
  uint64_t LeaseBytes() const;

 private:
  RecordPrior() = default;
  Status Read(std::span<const RecordPlace> records);

  std::shared_ptr<const Model> model_;
  uint64_t hash_ = 0;
  int table_bits_ = 0;
  std::vector<uint8_t> text_;  // of the sample's records
  std::unique_ptr<ContextMixer> master_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Lease::Copy>> idle_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_RECORD_PRIOR_H_

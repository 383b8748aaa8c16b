// SPDX-License-Identifier: Apache-2.0
// Context models that have read a sample: what small records are coded from.

#include "codec/record_prior.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "base/hash.h"
#include "codec/record_lanes.h"

namespace lentil {
namespace {

constexpr int kMostTableBits = 19;  // each record in work has a copy

int TableBits(size_t text_size) {
  return std::clamp(static_cast<int>(std::bit_width(text_size)) + 2,
                    ContextMixer::kMinTableBits, kMostTableBits);
}

}  // namespace

RecordPrior::Lease::Lease(const RecordPrior& prior, const uint8_t* text)
    : prior_(prior) {
  {
    const std::lock_guard lock(prior.mutex_);
    if (!prior.idle_.empty()) {
      copy_ = std::move(prior.idle_.back());
      prior.idle_.pop_back();
    }
  }
  if (copy_ == nullptr) {
    copy_ = std::make_unique<Copy>(Copy{*prior.master_, Journal()});
  }
  copy_->mixer.BeginRecord(kLane, text);
  copy_->mixer.Note(&copy_->journal);
}

RecordPrior::Lease::~Lease() {
  copy_->mixer.Note(nullptr);
  if (!copy_->journal.Undo()) copy_->mixer.Learn(*prior_.master_);
  const std::lock_guard lock(prior_.mutex_);
  prior_.idle_.push_back(std::move(copy_));
}

Result<std::shared_ptr<const RecordPrior>> RecordPrior::Make(
    std::span<const uint8_t> sample, RecordForm form,
    std::shared_ptr<const Model> model) {
  if (sample.size() > kMaxSample) {
    return Status(Code::kInvalidArgument,
                  "the sample has " + std::to_string(sample.size()) +
                      " bytes; " + std::to_string(kMaxSample) + " is the most");
  }
  bool open = false;
  LENTIL_ASSIGN_OR_RETURN(std::vector<RecordPlace> records,
                          SplitRecords(sample, form, &open));
  std::shared_ptr<RecordPrior> prior(new RecordPrior);
  prior->model_ = std::move(model);
  prior->hash_ = Hash64(sample);
  prior->text_.reserve(sample.size());
  for (RecordPlace& record : records) {
    const auto bytes = sample.subspan(record.begin, record.size);
    record.begin = static_cast<uint32_t>(prior->text_.size());
    prior->text_.insert(prior->text_.end(), bytes.begin(), bytes.end());
  }
  LENTIL_RETURN_IF_ERROR(prior->Read(records));
  return std::shared_ptr<const RecordPrior>(std::move(prior));
}

Status RecordPrior::Read(std::span<const RecordPlace> records) {
  const size_t size = text_.size();
  table_bits_ = TableBits(size);
  LENTIL_ASSIGN_OR_RETURN(
      const Kernels* kernels,
      model_ ? Result<const Kernels*>(&model_->kernels()) : DefaultKernels());
  master_ = std::make_unique<ContextMixer>(
      *kernels, std::vector<const uint8_t*>{text_.data(), nullptr},
      table_bits_);
  for (const RecordPlace& record : records) {
    const bool with_model = size - record.begin <= kModelBytes;
    master_->BeginRecord(0);
    LENTIL_RETURN_IF_ERROR(
        TeachLane(text_, record, with_model ? model_ : nullptr, master_.get()));
  }
  return Status();
}

uint64_t RecordPrior::MemoryFor(size_t sample_size) {
  return sample_size + ContextMixer::MemoryBytes(TableBits(sample_size));
}

uint64_t RecordPrior::MemoryBytes() const {
  return text_.size() + ContextMixer::MemoryBytes(table_bits_);
}

uint64_t RecordPrior::LeaseBytes() const {
  return ContextMixer::MemoryBytes(table_bits_) + Journal::kMaxBytes;
}

}  // namespace lentil

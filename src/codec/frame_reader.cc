// SPDX-License-Identifier: Apache-2.0
// Decoding frames side by side within a limit of memory.

#include "codec/frame_reader.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <string>
#include <utility>

#include "base/hash.h"
#include "codec/frame_codec.h"
#include "codec/lane_frame.h"
#include "codec/record_frame.h"
#include "kernels/kernels.h"
#include "model/imported/language_model.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kProgressInterval = std::chrono::milliseconds(50);

const RecordFrameCoder* RecordCoderOf(const PackedFrame& frame) {
  const bool is_one =
      frame.coder != nullptr && frame.coder->kind() == FrameKind::kRecords;
  return is_one ? static_cast<const RecordFrameCoder*>(frame.coder) : nullptr;
}

class DecodeJob final : public FrameJob {
 public:
  DecodeJob(PackedFrame frame, uint64_t memory, int most_threads)
      : frame_(std::move(frame)),
        memory_(memory),
        most_threads_(most_threads) {}

  Status Run(const FrameContext& context) override {
    const FrameHeader& header = frame_.header;
    if (Hash32(frame_.payload) != header.payload_check) {
      return Status(Code::kCorrupt, "payload checksum mismatch");
    }
    if (header.kind == FrameKind::kStored) {
      raw_ = std::move(frame_.payload);
      if (Hash32(raw_) != header.raw_check) {
        return Status(Code::kCorrupt, "content checksum mismatch");
      }
    } else {
      FrameContext decode = context;
      decode.bytes_done = &done_;
      LENTIL_RETURN_IF_ERROR(frame_.records > 0 ? DecodeRecords(decode)
                                                : Decode(decode));
    }
    done_ = raw_.size();
    return Status();
  }

  uint64_t BytesDone() const override { return done_; }
  int MostThreads() const override { return most_threads_; }

  const PackedFrame& frame() const { return frame_; }
  uint64_t memory() const { return memory_; }
  std::span<const uint8_t> raw() const { return raw_; }

 private:
  // By the container's coder, or by the first guess that gives the content.
  Status Decode(const FrameContext& context) {
    raw_.resize(frame_.header.raw_size);
    const bool guess =
        NeedsCoder(frame_.header.kind) && frame_.coder == nullptr;
    for (const FrameCoder* coder :
         guess ? frame_.guesses : std::span<const FrameCoder* const>()) {
      const Status status =
          DecodeFrame(frame_.header, frame_.payload, coder, context, raw_);
      if (status.ok()) frame_.coder = coder;
      if (status.code() != Code::kCorrupt) return status;
    }
    return DecodeFrame(frame_.header, frame_.payload, frame_.coder, context,
                       raw_);
  }

  // Those that are wanted, unchecked by the frame's checksum.
  Status DecodeRecords(const FrameContext& context) {
    const RecordFrameCoder* coder = RecordCoderOf(frame_);
    if (coder == nullptr) {
      return Status(Code::kCorrupt, "records frame, but no records are named");
    }
    return coder->DecodeSome(frame_.payload, frame_.header.raw_size,
                             frame_.first_record, frame_.records, context,
                             &raw_);
  }

  PackedFrame frame_;
  const uint64_t memory_;
  const int most_threads_;
  std::vector<uint8_t> raw_;
  std::atomic<uint64_t> done_{0};
};

}  // namespace

namespace {

bool IsKnownNumerics(uint32_t version) {
  return version == kNumericsVersion || version == kCheckpointNumericsVersion;
}

}  // namespace

std::string NameOf(const PackedFrame& frame) {
  return "frame " + std::to_string(frame.number) + " at byte " +
         std::to_string(frame.file_offset);
}

Result<const FrameCoder*> FindCoder(const ContainerHeader& header,
                                    const DecodeOptions& options) {
  const FrameCoder* coder = nullptr;
  const bool has_records = header.records != RecordForm::kNone;
  if (!header.has_model && !has_records) return coder;
  if (header.has_model && !IsKnownNumerics(header.numerics_version)) {
    return Status(
        Code::kUnsupported,
        "numerics version " + std::to_string(header.numerics_version) +
            "; this program has versions " + std::to_string(kNumericsVersion) +
            " and " + std::to_string(kCheckpointNumericsVersion));
  }
  if (has_records) {
    if (!options.find_records) return coder;
    LENTIL_ASSIGN_OR_RETURN(coder, options.find_records(header));
    return coder;
  }
  if (options.find_coder) {
    coder = options.find_coder(header.numerics_version, header.model_hash);
  }
  if (coder == nullptr || coder->model_hash() != header.model_hash ||
      coder->numerics_version() != header.numerics_version) {
    return Status(Code::kWrongModel,
                  "needs model " + HashText(header.model_hash));
  }
  return coder;
}

FrameReader::FrameReader(const DecodeOptions& options, Deliver deliver,
                         OnDamage damage)
    : options_(options),
      deliver_(std::move(deliver)),
      on_damage_(std::move(damage)),
      pipeline_(options.threads, options.salvage
                                     ? FramePipeline::AfterFailure::kGoOn
                                     : FramePipeline::AfterFailure::kStop) {}

uint64_t FrameReader::MemoryOf(const PackedFrame& frame, int threads) const {
  const FrameHeader& header = frame.header;
  uint64_t bytes = header.payload_size;
  if (header.kind != FrameKind::kStored) bytes += header.raw_size;
  if (header.kind == FrameKind::kMixing) {
    return bytes + LaneMemory(PeekParameters(frame.payload, header.raw_size),
                              nullptr, header.raw_size, threads);
  }
  if (!NeedsCoder(header.kind)) return bytes;
  uint64_t working = 0;
  if (const auto* coder = RecordCoderOf(frame); coder && frame.records > 0) {
    working = coder->DecodeSomeMemory(header.raw_size, frame.records, threads);
  } else if (frame.coder != nullptr) {
    working =
        frame.coder->DecodeMemory(header.raw_size, frame.payload, threads);
  } else {
    for (const FrameCoder* coder : frame.guesses) {
      working = std::max(working, coder->DecodeMemory(header.raw_size,
                                                      frame.payload, threads));
    }
  }
  return bytes + working;
}

Status FrameReader::CheckMemory(const PackedFrame& frame) const {
  const uint64_t needed = MemoryOf(frame, 1);
  if (options_.memory_limit == 0 || needed <= options_.memory_limit) {
    return Status();
  }
  return Status(Code::kResourceLimit,
                NameOf(frame) + " needs " +
                    std::to_string((needed + (1 << 20) - 1) >> 20) +
                    " MiB of memory, more than the limit");
}

Status FrameReader::Add(PackedFrame frame) {
  LENTIL_RETURN_IF_ERROR(CheckMemory(frame));
  const uint64_t least = MemoryOf(frame, 1);
  const uint64_t limit =
      options_.memory_limit != 0 ? options_.memory_limit : kUsualMemory;
  while (pipeline_.is_full() ||
         (pipeline_.in_flight() > 0 && memory_in_flight_ + least > limit)) {
    LENTIL_RETURN_IF_ERROR(DeliverFront());
  }
  const int threads =
      MostThreads(frame, limit - std::min(limit, memory_in_flight_));
  const uint64_t memory = MemoryOf(frame, threads);
  memory_in_flight_ += memory;
  pipeline_.Submit(
      std::make_unique<DecodeJob>(std::move(frame), memory, threads));
  return Status();
}

// What a frame takes grows with its threads.
int FrameReader::MostThreads(const PackedFrame& frame, uint64_t room) const {
  int threads = options_.threads;
  while (threads > 1 && MemoryOf(frame, threads) > room) --threads;
  return threads;
}

Status FrameReader::DeliverFront() {
  LENTIL_ASSIGN_OR_RETURN(FinishedFrame finished,
                          pipeline_.Next([this] { return Report(); }));
  const auto& job = static_cast<const DecodeJob&>(*finished.job);
  memory_in_flight_ -= job.memory();
  if (!finished.status.ok()) {
    const Status status = finished.status.WithContext(NameOf(job.frame()));
    return status.code() == Code::kCorrupt ? on_damage_(status) : status;
  }
  return deliver_(job.frame(), job.raw());
}

Status FrameReader::DeliverReady() {
  while (pipeline_.FrontIsDone()) LENTIL_RETURN_IF_ERROR(DeliverFront());
  return Status();
}

Status FrameReader::Flush() {
  while (pipeline_.in_flight() > 0) LENTIL_RETURN_IF_ERROR(DeliverFront());
  return Status();
}

Status FrameReader::Report() {
  const auto now = Clock::now();
  if (!options_.progress || now - last_report_ < kProgressInterval) {
    return Status();
  }
  last_report_ = now;
  if (options_.progress(bytes_in_, bytes_out_ + pipeline_.BytesDone())) {
    return Status();
  }
  return Status(Code::kCancelled, "cancelled");
}

}  // namespace lentil

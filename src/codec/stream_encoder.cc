// SPDX-License-Identifier: Apache-2.0
// StreamEncoder: fills frames, sends them through the pipeline, writes what
// comes out between header and footer.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "codec/frame_codec.h"
#include "codec/frame_pipeline.h"
#include "codec/stream.h"
#include "codec/zstd_frame.h"
#include "format/container.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kProgressInterval = std::chrono::milliseconds(50);
constexpr size_t kPiece = size_t{256} << 10;  // of a large Write, per progress

FrameEncoding EncodingOf(const EncodeOptions& options) {
  const FrameCoder* coder = options.coder;
  if (options.preferred == FrameKind::kRecords) coder = options.records;
  return {options.preferred, options.zstd_level, coder, options.limits};
}

// What a thread adds to a frame that others work on already.
uint64_t MemoryOfHelper(const EncodeOptions& options) {
  if (options.preferred != FrameKind::kModel &&
      options.preferred != FrameKind::kRecords) {
    return 0;
  }
  const FrameCoder& coder = *EncodingOf(options).coder;
  return coder.EncodeMemory(options.frame_size, options.limits, 2) -
         coder.EncodeMemory(options.frame_size, options.limits, 1);
}

// Codes one frame, and decodes it again for comparison.
class EncodeJob final : public FrameJob {
 public:
  EncodeJob(std::vector<uint8_t> raw, const EncodeOptions& options)
      : raw_(std::move(raw)), options_(options) {}

  Status Run(const FrameContext& context) override {
    FrameContext encode = context;
    encode.bytes_done = &encoded_;
    encode.code_bytes = &code_;
    encode.kind = options_.kind;
    LENTIL_RETURN_IF_ERROR(
        EncodeFrame(raw_, EncodingOf(options_), encode, &frame_));
    code_ = payload().size();
    encoded_ = raw_.size();
    if (options_.verify && frame_.header.kind != FrameKind::kStored) {
      LENTIL_RETURN_IF_ERROR(Verify(context));
    }
    verified_ = raw_.size();
    return Status();
  }

  uint64_t BytesDone() const override {
    return options_.verify ? (encoded_ + verified_) / 2 : encoded_.load();
  }

  // Verification counts half, so code in the making counts as far.
  uint64_t CodeBytesDone() const override {
    const uint64_t encoded = encoded_;
    return encoded > 0 ? code_ * BytesDone() / encoded : 0;
  }

  const FrameHeader& header() const { return frame_.header; }
  std::span<const uint8_t> payload() const {
    const bool is_stored = frame_.header.kind == FrameKind::kStored;
    return is_stored ? raw_ : frame_.payload;
  }
  std::vector<uint8_t> TakeRaw() { return std::move(raw_); }

 private:
  Status Verify(const FrameContext& context) {
    FrameContext decode = context;
    decode.bytes_done = &verified_;
    std::vector<uint8_t> back(raw_.size());
    const Status status = DecodeFrame(frame_.header, frame_.payload,
                                      EncodingOf(options_).coder, decode, back);
    if (status.ok() && back == raw_) return Status();
    if (!status.ok() && status.code() != Code::kCorrupt) return status;
    return Status(Code::kVerifyFailed,
                  "a frame did not decode to its source; please report this");
  }

  std::vector<uint8_t> raw_;
  const EncodeOptions& options_;  // the encoder's, which outlives its jobs
  CodedFrame frame_;
  std::atomic<uint64_t> encoded_{0};
  std::atomic<uint64_t> verified_{0};
  std::atomic<uint64_t> code_{0};  // bytes made of the encoded_ ones
};

class Encoder final : public StreamEncoder {
 public:
  Encoder(const EncodeOptions& options, const Concurrency& concurrency,
          ByteSink sink)
      : options_(options),
        sink_(std::move(sink)),
        pipeline_(concurrency.threads, FramePipeline::AfterFailure::kStop,
                  concurrency.frames) {}

  Status Write(std::span<const uint8_t> bytes) override {
    while (!bytes.empty() && status_.ok()) {
      const size_t n = std::min(bytes.size(), kPiece);
      status_ = WritePiece(bytes.first(n));
      if (status_.ok()) status_ = Report();
      bytes = bytes.subspan(n);
    }
    return status_;
  }

  Status Finish() override {
    if (status_.ok()) {
      is_finishing_ = true;
      status_ = FinishStream();
    }
    const Status result = status_;
    if (result.ok()) {
      status_ = Status(Code::kInvalidArgument, "the stream is finished");
    }
    return result;
  }

 private:
  Status WritePiece(std::span<const uint8_t> bytes) {
    source_hash_.Update(bytes);
    while (!bytes.empty()) {
      // Only when a next byte is there: so the first frame to come out tells
      // whether it is the only one.
      if (raw_.size() == options_.frame_size) {
        LENTIL_RETURN_IF_ERROR(SubmitFrame());
      }
      const size_t room = options_.frame_size - raw_.size();
      const auto piece = bytes.first(std::min(room, bytes.size()));
      if (raw_.capacity() < raw_.size() + piece.size()) {
        const bool is_large = raw_.size() + piece.size() > kPiece;
        raw_.reserve(is_large ? options_.frame_size : kPiece);
      }
      raw_.insert(raw_.end(), piece.begin(), piece.end());
      bytes = bytes.subspan(piece.size());
    }
    while (pipeline_.FrontIsDone()) LENTIL_RETURN_IF_ERROR(WriteFront());
    return Status();
  }

  Status SubmitFrame() {
    while (pipeline_.is_full()) LENTIL_RETURN_IF_ERROR(WriteFront());
    LENTIL_ASSIGN_OR_RETURN(const size_t size, FrameEnd());
    spare_.assign(raw_.begin() + static_cast<ptrdiff_t>(size), raw_.end());
    raw_.resize(size);
    pipeline_.Submit(std::make_unique<EncodeJob>(std::move(raw_), options_));
    ++submitted_;
    cut_ += size;
    raw_ = std::move(spare_);
    spare_ = {};
    return Status();
  }

  // How much of raw_ is the next frame: all, or whole records, as many as fit.
  // A line that is longer is cut, and goes on in the next frame.
  Result<size_t> FrameEnd() const {
    if (options_.preferred != FrameKind::kRecords) return raw_.size();
    const RecordForm form = options_.records->form();
    size_t end = 0;
    const size_t records =
        WholeRecords(raw_, form, kMaxFrameRecords, &end).size();
    if (form == RecordForm::kLines) {
      const bool is_last = is_finishing_ && records < kMaxFrameRecords;
      return end == 0 || is_last ? raw_.size() : end;
    }
    if (end > 0) return end;
    return Status(
        Code::kInvalidArgument,
        "the length-prefixed record at byte " + std::to_string(cut_) +
            (is_finishing_ ? " passes the end" : " does not fit a frame"));
  }

  // Waits for the oldest frame and writes it.
  Status WriteFront() {
    LENTIL_ASSIGN_OR_RETURN(FinishedFrame finished,
                            pipeline_.Next([this] { return Report(); }));
    LENTIL_RETURN_IF_ERROR(finished.status);
    auto& job = static_cast<EncodeJob&>(*finished.job);
    LENTIL_RETURN_IF_ERROR(WriteHeader(job.header().kind));
    std::vector<uint8_t> head;
    AppendFrameHeader(job.header(), &head);
    LENTIL_RETURN_IF_ERROR(Emit(head));
    LENTIL_RETURN_IF_ERROR(Emit(job.payload()));
    index_.Add({job.header().raw_size,
                static_cast<uint32_t>(head.size() + job.payload().size())});
    bytes_in_ += job.header().raw_size;
    spare_ = job.TakeRaw();
    return Status();
  }

  // Once. A container whose only frame needs no model names none.
  Status WriteHeader(FrameKind first_kind) {
    if (header_size_ != 0) return Status();
    const bool is_only = is_finishing_ && submitted_ <= 1;
    ContainerHeader header;
    if (options_.preferred == FrameKind::kRecords) {
      header = options_.records->Header();
    }
    header.has_model |= options_.preferred == FrameKind::kModel &&
                        (!is_only || first_kind == FrameKind::kModel);
    if (header.has_model && options_.preferred == FrameKind::kModel) {
      header.numerics_version = options_.coder->numerics_version();
      header.model_hash = options_.coder->model_hash();
    }
    std::vector<uint8_t> bytes;
    AppendContainerHeader(header, &bytes);
    header_size_ = static_cast<uint32_t>(bytes.size());
    return Emit(bytes);
  }

  Status FinishStream() {
    while (!raw_.empty()) LENTIL_RETURN_IF_ERROR(SubmitFrame());
    while (pipeline_.in_flight() > 0) LENTIL_RETURN_IF_ERROR(WriteFront());
    LENTIL_RETURN_IF_ERROR(WriteHeader(FrameKind::kStored));  // no frame at all
    std::vector<uint8_t> footer;
    LENTIL_RETURN_IF_ERROR(
        index_.AppendFooter(header_size_, source_hash_.Digest(), &footer));
    LENTIL_RETURN_IF_ERROR(Emit(footer));
    last_report_ = {};
    return Report();
  }

  Status Emit(std::span<const uint8_t> bytes) {
    bytes_out_ += bytes.size();
    return sink_(bytes);
  }

  // Tells progress if it is time to; its answer may cancel.
  Status Report() {
    const auto now = Clock::now();
    if (!options_.progress || now - last_report_ < kProgressInterval) {
      return Status();
    }
    last_report_ = now;
    if (options_.progress(bytes_in_ + pipeline_.BytesDone(),
                          bytes_out_ + pipeline_.CodeBytesDone())) {
      return Status();
    }
    return Status(Code::kCancelled, "cancelled");
  }

  const EncodeOptions options_;
  const ByteSink sink_;
  Status status_;               // the first error; it stays
  std::vector<uint8_t> raw_;    // the frame being filled
  std::vector<uint8_t> spare_;  // a buffer that came back
  StreamHash source_hash_;
  IndexBuilder index_;
  uint32_t header_size_ = 0;  // 0: not written yet
  uint64_t submitted_ = 0;    // frames
  uint64_t cut_ = 0;          // bytes of them
  uint64_t bytes_in_ = 0;     // of frames written
  uint64_t bytes_out_ = 0;
  bool is_finishing_ = false;
  Clock::time_point last_report_;
  FramePipeline pipeline_;  // last: its jobs use what stands above
};

Status CheckOptions(const EncodeOptions& options) {
  const auto invalid = [](const std::string& what) {
    return Status(Code::kInvalidArgument, what);
  };
  if (options.frame_size < kMinFrameSize ||
      options.frame_size > kMaxFrameSize) {
    return invalid("frame size must be 4 KiB to 64 MiB");
  }
  if (options.threads < 1) return invalid("at least one thread is needed");
  if (options.preferred == FrameKind::kModel && options.coder == nullptr) {
    return invalid("model frames need a model");
  }
  if (options.preferred == FrameKind::kRecords && options.records == nullptr) {
    return invalid("records need a sample or a model");
  }
  if (options.zstd_level < kMinZstdLevel ||
      options.zstd_level > kMaxZstdLevel) {
    return invalid("zstd level must be 1 to 22");
  }
  return Status();
}

std::string MiB(uint64_t bytes) {
  if (bytes < 1 << 20) return std::to_string(bytes) + " bytes";
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

}  // namespace

// Frames in flight and one being filled, their payloads, and the work on as
// many as there are threads; what threads are left help.
uint64_t EncoderMemory(const EncodeOptions& options,
                       const Concurrency& concurrency) {
  const uint64_t frame = options.frame_size;
  const auto threads = static_cast<uint64_t>(concurrency.threads);
  const uint64_t in_flight = concurrency.frames;
  const uint64_t in_work = std::min(in_flight, threads);
  const uint64_t buffers =
      (2 * in_flight + 1 + (options.verify ? in_work : 0)) * frame;
  return buffers + in_work * EncodeFrameMemory(frame, EncodingOf(options)) +
         (threads - in_work) * MemoryOfHelper(options);
}

Concurrency FittingConcurrency(const EncodeOptions& options) {
  const uint64_t limit =
      options.memory_limit != 0 ? options.memory_limit : kUsualMemory;
  Concurrency fitting = {options.threads,
                         static_cast<size_t>(options.threads) + 1};
  const auto is_too_much = [&] {
    return EncoderMemory(options, fitting) > limit;
  };
  while (fitting.frames > 1 && is_too_much()) --fitting.frames;
  if (MemoryOfHelper(options) == 0) return fitting;
  while (fitting.threads > 1 && is_too_much()) --fitting.threads;
  return fitting;
}

Result<std::unique_ptr<StreamEncoder>> StreamEncoder::Create(
    const EncodeOptions& options, ByteSink sink) {
  LENTIL_RETURN_IF_ERROR(CheckOptions(options));
  const Concurrency fitting = FittingConcurrency(options);
  const uint64_t needed = EncoderMemory(options, fitting);
  if (options.memory_limit != 0 && needed > options.memory_limit) {
    return Status(Code::kResourceLimit,
                  "needs " + MiB(needed) + " of memory; the limit is " +
                      MiB(options.memory_limit) + "; smaller frames need less");
  }
  return std::unique_ptr<StreamEncoder>(
      std::make_unique<Encoder>(options, fitting, std::move(sink)));
}

}  // namespace lentil

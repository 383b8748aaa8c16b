// SPDX-License-Identifier: Apache-2.0
// StreamDecoder: a state machine over whatever bytes have arrived. Each state
// either finds what it needs whole, or waits for more.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "codec/footer_search.h"
#include "codec/frame_reader.h"
#include "codec/stream.h"
#include "format/container.h"

namespace lentil {
namespace {

constexpr size_t kPiece = size_t{256} << 10;
constexpr size_t kFirstReserve = size_t{1} << 20;  // of a payload not yet seen

class Decoder final : public StreamDecoder {
 public:
  Decoder(const DecodeOptions& options, ByteSink sink)
      : options_(options),
        sink_(std::move(sink)),
        footers_(options_.memory_limit),
        reader_(
            options_,
            [this](const PackedFrame& frame, std::span<const uint8_t> raw) {
              return Deliver(frame, raw);
            },
            [this](const Status& status) { return Lose(status); }) {}

  Status Write(std::span<const uint8_t> bytes) override {
    while (!bytes.empty() && status_.ok()) {
      const size_t n = std::min(bytes.size(), kPiece);
      status_ = WritePiece(bytes.first(n));
      bytes = bytes.subspan(n);
    }
    return status_;
  }

  Status Finish() override {
    if (status_.ok()) status_ = FinishStream();
    const Status result = status_;
    if (result.ok()) {
      status_ = Status(Code::kInvalidArgument, "the stream is finished");
    }
    return result;
  }

 private:
  enum class State { kContainer, kFrame, kPayload, kFooter, kResync };
  enum class Next { kGoOn, kNeedMore };

  std::span<const uint8_t> Available() const {
    return std::span(buffer_).subspan(at_);
  }
  uint64_t Offset() const { return buffer_offset_ + at_; }

  Status WritePiece(std::span<const uint8_t> bytes) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    reader_.CountInput(bytes.size());
    LENTIL_RETURN_IF_ERROR(StepOn());
    // What stays is moved less often than it was read.
    if (at_ > buffer_.size() / 2) {
      buffer_.erase(buffer_.begin(),
                    buffer_.begin() + static_cast<ptrdiff_t>(at_));
      buffer_offset_ += std::exchange(at_, 0);
    }
    LENTIL_RETURN_IF_ERROR(reader_.DeliverReady());
    return reader_.Report();
  }

  // As far as the bytes go that are there.
  Status StepOn() {
    Next next = Next::kGoOn;
    while (next == Next::kGoOn) {
      LENTIL_ASSIGN_OR_RETURN(next, Step());
    }
    return Status();
  }

  Result<Next> Step() {
    if (Available().empty()) return Next::kNeedMore;
    switch (state_) {
      case State::kContainer:
        return ReadContainerHeader();
      case State::kFrame:
        return Available()[0] == kFooterMagic[0] ? FindFooter()
                                                 : ReadFrameHeader();
      case State::kPayload:
        return ReadPayload();
      case State::kFooter:
        return ReadFooter();
      case State::kResync:
        return Resync();
    }
    return Status(Code::kInternal, "unknown state");
  }

  Result<Next> ReadContainerHeader() {
    ContainerHeader header;
    const auto used = ParseContainerHeader(Available(), Offset(), &header);
    if (!used.ok()) return LoseContainerHeader(used.status());
    if (*used == 0) return Next::kNeedMore;
    LENTIL_RETURN_IF_ERROR(reader_.Flush());  // frames of the last container
    header_ = header;
    coder_ = nullptr;
    guesses_.clear();
    at_ += *used;
    header_size_ = static_cast<uint32_t>(*used);
    index_ = IndexBuilder();
    source_hash_.Reset();
    is_damaged_ = false;
    state_ = State::kFrame;
    return Next::kGoOn;
  }

  // Salvage goes on without knowing the model. A version byte may be what was
  // hit: then the checksum is right with ours in its place.
  Result<Next> LoseContainerHeader(const Status& status) {
    Status loss = status;
    if (options_.salvage && status.code() == Code::kUnsupported) {
      const auto seen = Available().first(
          std::min<size_t>(Available().size(), kMaxHeaderBytes));
      std::vector<uint8_t> bytes(seen.begin(), seen.end());
      bytes[sizeof(kMagic)] = kFormatVersion;
      ContainerHeader header;
      const auto used = ParseContainerHeader(bytes, Offset(), &header);
      if (used.ok() && *used == 0) return Next::kNeedMore;
      if (used.ok()) {
        loss = Status(Code::kCorrupt, "container header damaged at byte " +
                                          std::to_string(Offset()));
      }
    }
    LENTIL_ASSIGN_OR_RETURN(const Next next, SkipFrom(loss));
    header_.reset();
    coder_ = nullptr;
    if (options_.guess_coders) guesses_ = options_.guess_coders();
    return next;
  }

  Result<Next> ReadFrameHeader() {
    PackedFrame frame;
    frame.number = frames_;
    frame.file_offset = Offset();
    const auto used = ParseFrameHeader(Available(), Offset(), &frame.header);
    if (!used.ok()) {
      return SkipFrom(
          used.status().WithContext("frame " + std::to_string(frames_)));
    }
    if (*used == 0) return Next::kNeedMore;
    LENTIL_RETURN_IF_ERROR(ChooseCoder(&frame));
    const Status memory = reader_.CheckMemory(frame);
    if (!memory.ok()) return SkipFrom(memory);
    at_ += *used;
    ++frames_;
    index_.Add({frame.header.raw_size,
                static_cast<uint32_t>(*used + frame.header.payload_size)});
    frame.payload.reserve(
        std::min<size_t>(frame.header.payload_size, kFirstReserve));
    frame_ = std::move(frame);
    state_ = State::kPayload;
    return frame_.header.payload_size == 0 ? ReadPayload() : Next::kGoOn;
  }

  // The container's model is looked for when it is needed: what has no model
  // frames restores without.
  Status ChooseCoder(PackedFrame* frame) {
    if (!NeedsCoder(frame->header.kind)) return Status();
    if (coder_ == nullptr && header_.has_value()) {
      const auto found = FindCoder(*header_, options_);
      if (!found.ok()) {
        LENTIL_RETURN_IF_ERROR(reader_.Flush());
        return found.status();
      }
      coder_ = *found;
    }
    frame->coder = coder_;
    frame->guesses = guesses_;
    return Status();
  }

  Result<Next> ReadPayload() {
    const size_t missing = frame_.header.payload_size - frame_.payload.size();
    const auto piece = Available().first(std::min(missing, Available().size()));
    frame_.payload.insert(frame_.payload.end(), piece.begin(), piece.end());
    at_ += piece.size();
    if (piece.size() < missing) return Next::kNeedMore;
    state_ = State::kFrame;
    LENTIL_RETURN_IF_ERROR(reader_.Add(std::move(frame_)));
    return Next::kGoOn;
  }

  // A footer should be here. Which one is known if all frames are there.
  Result<Next> FindFooter() {
    const auto length = ParseFooterLength(Available(), Offset());
    if (!length.ok()) return SkipFrom(length.status());
    if (*length == 0 && !is_at_end_) return Next::kNeedMore;
    LENTIL_RETURN_IF_ERROR(reader_.Flush());
    if (!is_damaged_) return StartFooter(*length);
    const auto found = footers_.Look(Available(), Offset());
    if (found == size_t{0} && !is_at_end_) return Next::kNeedMore;
    if (found.value_or(0) == 0) return SkipFrom(FooterError("no whole footer"));
    return EndContainer(*found);
  }

  Result<Next> StartFooter(size_t length) {
    expected_footer_.clear();
    LENTIL_RETURN_IF_ERROR(index_.AppendFooter(
        header_size_, source_hash_.Digest(), &expected_footer_));
    if (length != expected_footer_.size()) {
      return SkipFrom(FooterError("footer does not match the frames"));
    }
    state_ = State::kFooter;
    return Next::kGoOn;
  }

  Result<Next> ReadFooter() {
    if (Available().size() < expected_footer_.size()) return Next::kNeedMore;
    const auto bytes = Available().first(expected_footer_.size());
    if (!std::equal(bytes.begin(), bytes.end(), expected_footer_.begin())) {
      const auto footer = ParseFooter(bytes, Offset());
      if (!footer.ok()) return SkipFrom(footer.status());
      LENTIL_RETURN_IF_ERROR(
          Lose(FooterError(footer->source_hash == source_hash_.Digest()
                               ? "index does not match the frames"
                               : "checksum of the whole source mismatch")));
    }
    return EndContainer(bytes.size());
  }

  Result<Next> EndContainer(size_t footer_size) {
    at_ += footer_size;
    ++containers_;
    state_ = State::kContainer;
    return Next::kGoOn;
  }

  Status FooterError(const char* what) const {
    return Status(Code::kCorrupt, std::string(what) + ", footer at byte " +
                                      std::to_string(Offset()));
  }

  // Salvage: moves on until something starts here that has its checksum right.
  Result<Next> Resync() {
    for (; at_ < buffer_.size(); ++at_) {
      const bool may_be_footer = Available()[0] == kFooterMagic[0];
      const auto found = may_be_footer ? footers_.Look(Available(), Offset())
                                       : WhatStartsHere();
      if (!found.has_value()) continue;
      if (*found > 0) {
        if (may_be_footer) return EndContainer(*found);
        state_ =
            Available()[0] == kMagic[0] ? State::kContainer : State::kFrame;
        return Next::kGoOn;
      }
      if (!is_at_end_) return Next::kNeedMore;
    }
    return Next::kNeedMore;
  }

  // Size of the header of a container or frame that starts here, 0 if it cannot
  // be told yet.
  std::optional<size_t> WhatStartsHere() const {
    ContainerHeader container;
    FrameHeader frame;
    const auto used = Available()[0] == kMagic[0]
                          ? ParseContainerHeader(Available(), 0, &container)
                          : ParseFrameHeader(Available(), 0, &frame);
    return used.ok() ? std::optional(*used) : std::nullopt;
  }

  // Damage where a header should be. Frames before it are still good. Without
  // salvage that is the end.
  Result<Next> SkipFrom(const Status& status) {
    LENTIL_RETURN_IF_ERROR(reader_.Flush());
    LENTIL_RETURN_IF_ERROR(Lose(status));
    ++at_;
    state_ = State::kResync;
    return Next::kGoOn;
  }

  // Reports a loss, if losses are allowed.
  Status Lose(const Status& status) {
    if (!options_.salvage || status.code() != Code::kCorrupt) return status;
    is_damaged_ = true;
    ++losses_;
    if (options_.on_damage) options_.on_damage(status);
    return Status();
  }

  Status Deliver(const PackedFrame& frame, std::span<const uint8_t> raw) {
    if (!header_.has_value() && frame.coder != nullptr) coder_ = frame.coder;
    source_hash_.Update(raw);
    reader_.CountOutput(raw.size());
    ++delivered_;
    return sink_(raw);
  }

  Status FinishStream() {
    const uint64_t size = buffer_offset_ + buffer_.size();
    if (size == 0) {
      return Status(Code::kCorrupt, "empty; not a lentil container");
    }
    LENTIL_RETURN_IF_ERROR(reader_.Flush());
    if (is_damaged_) {  // behind what only began like a footer there may be
                        // more
      is_at_end_ = true;
      LENTIL_RETURN_IF_ERROR(StepOn());
      LENTIL_RETURN_IF_ERROR(reader_.Flush());
    }
    const bool is_whole =
        state_ == State::kContainer && containers_ > 0 && Available().empty();
    if (!is_whole && state_ != State::kResync) {
      LENTIL_RETURN_IF_ERROR(Lose(
          Status(Code::kCorrupt, "truncated at byte " + std::to_string(size))));
    }
    if (losses_ > 0 && delivered_ == 0) {
      return Status(Code::kCorrupt, "no frame could be salvaged");
    }
    return Status();
  }

  const DecodeOptions options_;
  const ByteSink sink_;
  Status status_;  // the first error; it stays
  State state_ = State::kContainer;
  std::vector<uint8_t> buffer_;  // arrived, not yet worked off from at_ on
  size_t at_ = 0;
  uint64_t buffer_offset_ = 0;  // of buffer_[0] in the file

  std::optional<ContainerHeader> header_;   // of this container; lost if none
  const FrameCoder* coder_ = nullptr;       // of it, once it was needed
  std::vector<const FrameCoder*> guesses_;  // if the header is lost
  uint32_t header_size_ = 0;
  IndexBuilder index_;
  StreamHash source_hash_;
  bool is_damaged_ = false;  // something of this container is lost
  PackedFrame frame_;        // whose payload is arriving
  std::vector<uint8_t> expected_footer_;
  FooterSearch footers_;  // in what is damaged
  bool is_at_end_ = false;

  uint64_t containers_ = 0;  // whole ones
  uint64_t frames_ = 0;      // headers seen
  uint64_t delivered_ = 0;
  uint64_t losses_ = 0;
  FrameReader reader_;  // last: its frames use what stands above
};

}  // namespace

Result<std::unique_ptr<StreamDecoder>> StreamDecoder::Create(
    const DecodeOptions& options, ByteSink sink) {
  if (options.threads < 1) {
    return Status(Code::kInvalidArgument, "at least one thread is needed");
  }
  return std::unique_ptr<StreamDecoder>(
      std::make_unique<Decoder>(options, std::move(sink)));
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// What coding some bytes took, by lentil or by a baseline.

#include "cli/score.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/fp_mode.h"
#include "base/thread_pool.h"
#include "cli/job.h"
#include "model/surprisal.h"

namespace lentil {
namespace {

using Pieces = std::vector<std::span<const uint8_t>>;

// Pieces as records without stored length or checksum. One that does not get
// smaller is its own code: the size tells.
class RecordCoder final : public PieceCoder {
 public:
  explicit RecordCoder(Codec codec) : codec_(std::move(codec)) {}

  Status Encode(std::span<const uint8_t> piece,
                std::vector<uint8_t>* code) override {
    code->resize(lentil_compress_bound(piece.size()));
    size_t size = 0;
    const lentil_error error =
        lentil_record_compress(codec_.get(), 0, piece.data(), piece.size(),
                               code->data(), code->size(), &size);
    LENTIL_RETURN_IF_ERROR(FromApi(error, codec_.message()));
    code->resize(size);
    if (size >= piece.size()) code->assign(piece.begin(), piece.end());
    return Status();
  }

  Status Decode(std::span<const uint8_t> code,
                std::span<uint8_t> piece) override {
    if (code.size() == piece.size()) {
      std::copy(code.begin(), code.end(), piece.begin());
      return Status();
    }
    size_t size = piece.size();
    const lentil_error error =
        lentil_record_decompress(codec_.get(), 0, code.data(), code.size(),
                                 piece.data(), piece.size(), &size);
    return FromApi(error, codec_.message());
  }

 private:
  Codec codec_;
};

struct FrameCounts {
  std::atomic<uint64_t> frames{0};
  std::atomic<uint64_t> model_frames{0};
};

int ReadCode(void* user, uint64_t offset, void* bytes, size_t size) {
  const auto& code = *static_cast<const std::vector<uint8_t>*>(user);
  std::copy_n(code.data() + offset, size, static_cast<uint8_t*>(bytes));
  return 0;
}

// Pieces as containers, whose frames are counted by kind.
class ContainerCoder final : public PieceCoder {
 public:
  ContainerCoder(Codec codec, FrameCounts* counts)
      : codec_(std::move(codec)), counts_(counts) {}

  Status Encode(std::span<const uint8_t> piece,
                std::vector<uint8_t>* code) override {
    const lentil_error error = codec_.Compress(piece, code);
    LENTIL_RETURN_IF_ERROR(FromApi(error, codec_.message()));
    return CountFrames(code);
  }

  Status Decode(std::span<const uint8_t> code,
                std::span<uint8_t> piece) override {
    const lentil_error error =
        codec_.Decompress(code, &restored_, piece.size());
    LENTIL_RETURN_IF_ERROR(FromApi(error, codec_.message()));
    if (restored_.size() != piece.size()) {
      return Status(Code::kVerifyFailed, "decoding gave another size");
    }
    std::copy(restored_.begin(), restored_.end(), piece.begin());
    return Status();
  }

 private:
  Status CountFrames(std::vector<uint8_t>* code) {
    lentil_archive* raw = nullptr;
    lentil_error error =
        lentil_archive_open(codec_.get(), &ReadCode, code, code->size(), &raw);
    const ArchiveHandle archive(raw);
    lentil_archive_info info = {};
    if (error == LENTIL_OK) error = lentil_archive_get_info(raw, &info);
    for (uint64_t i = 0; error == LENTIL_OK && i < info.frames; ++i) {
      lentil_frame_info frame = {};
      error = lentil_archive_get_frame(raw, i, &frame);
      ++counts_->frames;
      if (frame.kind == LENTIL_FRAME_MODEL) ++counts_->model_frames;
    }
    return FromApi(error, codec_.message());
  }

  Codec codec_;
  FrameCounts* counts_;
  std::vector<uint8_t> restored_;
};

// A codec for each thread; one piece alone has all threads.
Result<MakePieceCoder> SubjectCoder(const Subject& subject,
                                    const ScoreInput& input,
                                    FrameCounts* counts) {
  if (subject.baseline != nullptr) {
    return CoderOf(*subject.baseline, input.form);
  }
  Flags flags = subject.flags;
  flags.verify = false;  // decoded and compared by MeasurePieces
  if (input.chunk > 0) flags.threads = 1;
  const bool as_records = subject.as_records && input.chunk > 0;
  return MakePieceCoder(
      [flags, as_records, counts]() -> Result<std::unique_ptr<PieceCoder>> {
        LENTIL_ASSIGN_OR_RETURN(Codec codec, MakeCodec(flags));
        std::unique_ptr<PieceCoder> coder;
        if (as_records) {
          coder = std::make_unique<RecordCoder>(std::move(codec));
        } else {
          coder = std::make_unique<ContainerCoder>(std::move(codec), counts);
        }
        return coder;
      });
}

Pieces PiecesOf(const ScoreInput& input) {
  if (input.chunk == 0) return {input.bytes};
  return Cut(input.bytes, static_cast<size_t>(input.chunk));
}

}  // namespace

uint64_t BytesWithOneHeader(const Score& score) {
  const uint64_t pieces = score.pieces.size();
  return pieces < 2 ? score.compressed_bytes
                    : score.compressed_bytes -
                          std::min(score.compressed_bytes,
                                   (pieces - 1) * score.header_bytes);
}

Result<Score> ScoreSubject(const Subject& subject, const ScoreInput& input) {
  FrameCounts counts;
  LENTIL_ASSIGN_OR_RETURN(const MakePieceCoder make,
                          SubjectCoder(subject, input, &counts));
  const int threads = input.chunk > 0 ? subject.flags.NumThreads() : 1;
  LENTIL_ASSIGN_OR_RETURN(Measurement measured,
                          MeasurePieces(make, PiecesOf(input), threads));
  Score score;
  const PieceSize sum = Sum(measured.pieces);
  score.bytes = sum.bytes;
  score.compressed_bytes = sum.code_bytes;
  score.encode_seconds = measured.encode_seconds;
  score.decode_seconds = measured.decode_seconds;
  score.frames = counts.frames;
  score.model_frames = counts.model_frames;
  score.pieces = std::move(measured.pieces);
  if (input.chunk > 0 && !subject.as_records) {
    LENTIL_ASSIGN_OR_RETURN(score.header_bytes,
                            HeaderBytes(make, input.form.sample_bits));
  }
  return score;
}

std::vector<double> PositionBits(const std::shared_ptr<const Model>& model,
                                 const ScoreInput& input, int threads) {
  const Pieces pieces = PiecesOf(input);
  const size_t longest = pieces.empty() ? 0 : pieces.front().size();
  std::vector<uint64_t> sums(longest);
  std::vector<uint64_t> counts(longest);
  std::atomic<size_t> next{0};
  std::mutex mutex;
  ThreadPool pool(threads - 1);
  pool.ParallelFor(static_cast<size_t>(threads), [&](size_t) {
    const ScopedFpMode mode;
    Decoder decoder(model, 1, kMaxBatch);
    std::vector<uint64_t> lengths(longest);
    for (size_t i = 0; (i = next.fetch_add(1)) < pieces.size();) {
      AddSurprisals(pieces[i], &decoder,
                    std::span(lengths).first(pieces[i].size()));
    }
    const std::lock_guard<std::mutex> lock(mutex);
    for (size_t t = 0; t < longest; ++t) sums[t] += lengths[t];
  });
  for (const auto& piece : pieces) {
    for (size_t t = 0; t < piece.size(); ++t) ++counts[t];
  }
  std::vector<double> means(longest);
  for (size_t t = 0; t < longest; ++t) {
    means[t] = static_cast<double>(sums[t]) * kSurprisalUnit /
               static_cast<double>(counts[t]);
  }
  return means;
}

}  // namespace lentil

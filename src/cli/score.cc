// SPDX-License-Identifier: Apache-2.0
// Compressed sizes one can trust: coded, decoded, compared.

#include "cli/score.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "base/thread_pool.h"
#include "cli/job.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Status Differs() {
  return Status(
      Code::kVerifyFailed,
      "decoding gave other bytes; this is a defect, please report it");
}

int ReadCode(void* user, uint64_t offset, void* bytes, size_t size) {
  const auto& code = *static_cast<const std::vector<uint8_t>*>(user);
  std::copy_n(code.data() + offset, size, static_cast<uint8_t*>(bytes));
  return 0;
}

// Counts the frames of a container by kind.
Status CountFrames(const Codec& codec, std::vector<uint8_t>* code,
                   Score* score) {
  lentil_archive* raw = nullptr;
  lentil_error error =
      lentil_archive_open(codec.get(), &ReadCode, code, code->size(), &raw);
  const ArchiveHandle archive(raw);
  lentil_archive_info info = {};
  if (error == LENTIL_OK) error = lentil_archive_get_info(raw, &info);
  for (uint64_t i = 0; error == LENTIL_OK && i < info.frames; ++i) {
    lentil_frame_info frame = {};
    error = lentil_archive_get_frame(raw, i, &frame);
    ++score->frames;
    if (frame.kind == LENTIL_FRAME_MODEL) ++score->model_frames;
  }
  return FromApi(error, codec.message());
}

// One record there and back, added to `score`.
Status AddPiece(const Codec& codec, std::span<const uint8_t> piece,
                std::vector<uint8_t>* code, std::vector<uint8_t>* restored,
                Score* score) {
  size_t size = 0;
  Clock::time_point start = Clock::now();
  lentil_error error =
      lentil_record_compress(codec.get(), 0, piece.data(), piece.size(),
                             code->data(), code->size(), &size);
  LENTIL_RETURN_IF_ERROR(FromApi(error, codec.message()));
  score->encode_seconds += SecondsSince(start);
  start = Clock::now();
  size_t restored_size = piece.size();
  error = lentil_record_decompress(codec.get(), 0, code->data(), size,
                                   restored->data(), restored->size(),
                                   &restored_size);
  LENTIL_RETURN_IF_ERROR(FromApi(error, codec.message()));
  score->decode_seconds += SecondsSince(start);
  if (restored_size != piece.size() ||
      !std::equal(piece.begin(), piece.end(), restored->begin())) {
    return Differs();
  }
  score->bytes += piece.size();
  score->compressed_bytes += size;
  return Status();
}

// Takes pieces off the shared counter until none is left.
Status ScoreShare(const Flags& flags, std::span<const uint8_t> source,
                  std::atomic<size_t>* next, Score* score) {
  Flags single = flags;
  single.threads = 1;
  single.verify = false;  // decoded and compared here
  LENTIL_ASSIGN_OR_RETURN(const Codec codec, MakeCodec(single));
  const size_t chunk = static_cast<size_t>(flags.chunk);
  std::vector<uint8_t> code(lentil_compress_bound(chunk));
  std::vector<uint8_t> restored(chunk);
  while (true) {
    const size_t offset = next->fetch_add(1) * chunk;
    if (offset >= source.size()) return Status();
    const size_t size = std::min(chunk, source.size() - offset);
    LENTIL_RETURN_IF_ERROR(
        AddPiece(codec, source.subspan(offset, size), &code, &restored, score));
  }
}

}  // namespace

Result<Score> ScoreWhole(const Flags& flags, std::span<const uint8_t> source) {
  Flags unverified = flags;
  unverified.verify = false;  // decoded and compared here
  LENTIL_ASSIGN_OR_RETURN(Codec codec, MakeCodec(unverified));
  std::vector<uint8_t> code, restored;
  Score score;
  Clock::time_point start = Clock::now();
  lentil_error error = codec.Compress(source, &code);
  LENTIL_RETURN_IF_ERROR(FromApi(error, codec.message()));
  score.encode_seconds = SecondsSince(start);
  start = Clock::now();
  error = codec.Decompress(code, &restored, source.size());
  LENTIL_RETURN_IF_ERROR(FromApi(error, codec.message()));
  score.decode_seconds = SecondsSince(start);
  if (!std::equal(source.begin(), source.end(), restored.begin(),
                  restored.end())) {
    return Differs();
  }
  score.bytes = source.size();
  score.compressed_bytes = code.size();
  LENTIL_RETURN_IF_ERROR(CountFrames(codec, &code, &score));
  return score;
}

Result<Score> ScorePieces(const Flags& flags, std::span<const uint8_t> source) {
  const int threads = flags.NumThreads();
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Score total;
  Status first_error;
  ThreadPool pool(threads - 1);
  pool.ParallelFor(static_cast<size_t>(threads), [&](size_t) {
    Score score;
    const Status status = ScoreShare(flags, source, &next, &score);
    const std::lock_guard<std::mutex> lock(mutex);
    total.bytes += score.bytes;
    total.compressed_bytes += score.compressed_bytes;
    total.encode_seconds += score.encode_seconds;
    total.decode_seconds += score.decode_seconds;
    if (first_error.ok()) first_error = status;
  });
  if (!first_error.ok()) return first_error;
  return total;
}

}  // namespace lentil

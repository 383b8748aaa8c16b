// SPDX-License-Identifier: Apache-2.0
// Compressed sizes one can trust: coded, decoded, compared.

#include "bench/measure.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>

#include "base/thread_pool.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;
using Pieces = std::span<const std::span<const uint8_t>>;

constexpr double kNormal95 = 1.959964;  // quantile 0.975 of the normal law

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Takes pieces off the shared counter until none is left.
Status MeasureShare(const MakePieceCoder& make, Pieces pieces,
                    std::atomic<size_t>* next, Measurement* times,
                    std::vector<PieceSize>* sizes) {
  LENTIL_ASSIGN_OR_RETURN(const std::unique_ptr<PieceCoder> coder, make());
  std::vector<uint8_t> code;
  std::vector<uint8_t> restored;
  for (size_t i = 0; (i = next->fetch_add(1)) < pieces.size();) {
    const std::span<const uint8_t> piece = pieces[i];
    Clock::time_point start = Clock::now();
    LENTIL_RETURN_IF_ERROR(coder->Encode(piece, &code));
    times->encode_seconds += SecondsSince(start);
    restored.assign(piece.size(), 0);
    start = Clock::now();
    LENTIL_RETURN_IF_ERROR(coder->Decode(code, restored));
    times->decode_seconds += SecondsSince(start);
    if (!std::equal(piece.begin(), piece.end(), restored.begin())) {
      return Status(
          Code::kVerifyFailed,
          "decoding gave other bytes; this is a defect, please report it");
    }
    (*sizes)[i] = {piece.size(), code.size()};
  }
  return Status();
}

}  // namespace

Result<Measurement> MeasurePieces(const MakePieceCoder& make, Pieces pieces,
                                  int threads) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Measurement total;
  total.pieces.resize(pieces.size());
  Status first_error;
  ThreadPool pool(threads - 1);
  pool.ParallelFor(static_cast<size_t>(threads), [&](size_t) {
    Measurement times;
    const Status status =
        MeasureShare(make, pieces, &next, &times, &total.pieces);
    const std::lock_guard<std::mutex> lock(mutex);
    total.encode_seconds += times.encode_seconds;
    total.decode_seconds += times.decode_seconds;
    if (first_error.ok()) first_error = status;
  });
  if (!first_error.ok()) return first_error;
  return total;
}

std::vector<std::span<const uint8_t>> Cut(std::span<const uint8_t> bytes,
                                          size_t piece_bytes) {
  std::vector<std::span<const uint8_t>> pieces;
  for (size_t at = 0; at < bytes.size(); at += piece_bytes) {
    pieces.push_back(
        bytes.subspan(at, std::min(piece_bytes, bytes.size() - at)));
  }
  return pieces;
}

PieceSize Sum(std::span<const PieceSize> pieces) {
  PieceSize sum;
  for (const PieceSize& piece : pieces) {
    sum.bytes += piece.bytes;
    sum.code_bytes += piece.code_bytes;
  }
  return sum;
}

Result<uint64_t> HeaderBytes(const MakePieceCoder& make, int sample_bits) {
  LENTIL_ASSIGN_OR_RETURN(const std::unique_ptr<PieceCoder> coder, make());
  const std::vector<uint8_t> zero(static_cast<size_t>(sample_bits) / 8);
  std::vector<uint8_t> code;
  LENTIL_RETURN_IF_ERROR(coder->Encode(zero, &code));
  return uint64_t{code.size()};
}

double HalfInterval95(std::span<const PieceSize> pieces) {
  if (pieces.size() < 2) return 0;
  const PieceSize sum = Sum(pieces);
  if (sum.bytes == 0) return 0;
  const auto total = static_cast<double>(sum.bytes);
  const double rate = 8 * static_cast<double>(sum.code_bytes) / total;
  double squares = 0;
  for (const PieceSize& piece : pieces) {
    const double rest = 8 * static_cast<double>(piece.code_bytes) -
                        rate * static_cast<double>(piece.bytes);
    squares += rest * rest;
  }
  const auto n = static_cast<double>(pieces.size());
  return kNormal95 * std::sqrt(n / (n - 1) * squares) / total;
}

}  // namespace lentil

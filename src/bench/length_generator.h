// SPDX-License-Identifier: Apache-2.0
// What another compressor expects a text to go on with, read off the lengths of
// its codes.

#ifndef LENTIL_BENCH_LENGTH_GENERATOR_H_
#define LENTIL_BENCH_LENGTH_GENERATOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "base/thread_pool.h"
#include "bench/code_length.h"
#include "model/generator.h"

namespace lentil {

struct LengthOptions {
  uint32_t horizon = 1;   // bytes drawn at once, 1 … kMaxHorizon
  uint32_t beam = 16;     // beginnings that are kept, 1 … kMaxBeam
  size_t context = 2048;  // last bytes of the text that count, ≤ kMaxContext
  int threads = 1;        // never change the result
};

// P(b | x) ∝ 2^(l(x) − l(xb)): "Language Modeling Is Compression" (Delétang et
// al. 2024), section 3.4, where b is one byte. Here b is `horizon` bytes: all
// 256 of each byte are tried behind the `beam` beginnings with the shortest
// codes, so all of them if beam ≥ 256^(horizon − 1). Beginnings of equal length
// rank by chance, at temperature 0 by their bytes.
class LengthGenerator final : public Generator {
 public:
  static constexpr uint32_t kMaxHorizon = 16;
  static constexpr uint32_t kMaxBeam = 256;
  static constexpr size_t kMaxContext = size_t{1} << 20;

  LengthGenerator(const CodeLengthKind& kind, const LengthOptions& options);

  Status Append(std::span<const uint8_t> bytes) override;
  // Codes 256 · (1 + beam · (horizon − 1)) texts; about 0.1 ms each with 2 KB
  // of context.
  Status Draw(Sampler* sampler, std::vector<uint8_t>* out) override;

 private:
  struct Candidate {
    std::vector<uint8_t> bytes;
    uint64_t bits = 0;  // of the code of context and bytes
    uint64_t rank = 0;  // among those of equal length
  };

  static std::vector<Candidate> Longer(const std::vector<Candidate>& shorter);
  Status Measure(std::vector<Candidate>* candidates);
  Status MeasureShare(size_t share, std::vector<Candidate>* candidates);
  void KeepShortest(Sampler* sampler, std::vector<Candidate>* candidates) const;

  const LengthOptions options_;
  std::vector<uint8_t> text_;  // its last `context` bytes
  ThreadPool pool_;
  std::vector<std::unique_ptr<CodeLength>> lengths_;  // of the threads
};

}  // namespace lentil

#endif  // LENTIL_BENCH_LENGTH_GENERATOR_H_

// SPDX-License-Identifier: Apache-2.0
// Draws one of several candidates by integer weights: the same one on every
// machine for the same seed, since nothing but integers is involved.

#ifndef LENTIL_MODEL_SAMPLER_H_
#define LENTIL_MODEL_SAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lentil {

inline constexpr uint32_t kMillion = 1'000'000;
inline constexpr size_t kMaxCandidates = 65536;
inline constexpr uint32_t kMaxSampleWeight = uint32_t{1} << 31;

// How to draw. Fractions are in millionths, so that what people type is exact.
struct SamplerOptions {
  uint64_t seed = 1;
  uint32_t temperature = kMillion;  // weight^(1 / temperature); 0: the largest
  uint32_t top_k = 0;               // candidates that remain; 0 = all
  uint32_t top_p = kMillion;        // share of the weight that remains, ≥ 1
};

// Temperature first, then top-k, then top-p (nucleus sampling; Holtzman et al.
// 2020, "The curious case of neural text degeneration") of what top-k left.
// Equal weights rank by their index. docs/numerics.md, "Sampling", has every
// number. Not thread-safe.
class Sampler {
 public:
  explicit Sampler(const SamplerOptions& options);

  bool is_greedy() const { return options_.temperature == 0; }

  // The index drawn. 1 … kMaxCandidates weights, each at most kMaxSampleWeight,
  // not all 0; what has weight 0 is never drawn. O(n), with top-k or top-p
  // O(n log n).
  size_t Draw(std::span<const uint32_t> weights);

  // 64 random bits.
  uint64_t Random();

 private:
  void Temper();
  void Cut();
  uint64_t Below(uint64_t n);

  SamplerOptions options_;
  uint64_t state_;
  std::vector<uint32_t> weights_;  // of this draw, 0 = cut
  std::vector<uint32_t> order_;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_SAMPLER_H_

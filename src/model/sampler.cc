// SPDX-License-Identifier: Apache-2.0
// Draws one of several candidates by integer weights.

#include "model/sampler.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

#include "base/split_mix.h"

namespace lentil {
namespace {

// floor(2^32 · 2^(−2^−k)), k = 1 … 16.
constexpr uint64_t kRoots[16] = {
    0xb504f333, 0xd744fcca, 0xeac0c6e7, 0xf5257d15, 0xfa83b2db, 0xfd3e0c0c,
    0xfe9e115c, 0xff4ecb59, 0xffa75652, 0xffd3a751, 0xffe9d2b2, 0xfff4e91b,
    0xfffa747e, 0xfffd3a3b, 0xfffe9d1c, 0xffff4e8e};

// floor(log2(x) · 2^16), x ≥ 1: digits from squaring the mantissa.
uint32_t Log2(uint32_t x) {
  const int whole = std::bit_width(x) - 1;
  uint64_t mantissa = uint64_t{x} << (31 - whole);  // 2^31 … 2^32 − 1
  auto log = static_cast<uint32_t>(whole);
  for (int digit = 0; digit < 16; ++digit) {
    mantissa = mantissa * mantissa >> 31;
    const uint64_t carry = mantissa >> 32;
    mantissa >>= carry;
    log = log << 1 | static_cast<uint32_t>(carry);
  }
  return log;
}

// About 2^31 · 2^(−y / 2^16): a product of roots, each step rounded down.
uint32_t Exp2(uint64_t y) {
  const uint64_t whole = y >> 16;
  if (whole >= 32) return 0;
  uint64_t value = kMaxSampleWeight;
  for (int k = 0; k < 16; ++k) {
    if (y >> (15 - k) & 1) value = value * kRoots[k] >> 32;
  }
  return static_cast<uint32_t>(value >> whole);
}

uint64_t Sum(std::span<const uint32_t> weights) {
  return std::accumulate(weights.begin(), weights.end(), uint64_t{0});
}

}  // namespace

Sampler::Sampler(const SamplerOptions& options)
    : options_(options), state_(options.seed) {}

uint64_t Sampler::Random() { return SplitMix64(&state_); }

// Uniform: the bits beyond the last whole multiple of n are drawn again.
uint64_t Sampler::Below(uint64_t n) {
  const uint64_t excess = (UINT64_MAX % n + 1) % n;
  uint64_t bits = Random();
  while (bits > UINT64_MAX - excess) bits = Random();
  return bits % n;
}

void Sampler::Temper() {
  const uint32_t most =
      Log2(*std::max_element(weights_.begin(), weights_.end()));
  for (uint32_t& weight : weights_) {
    if (weight == 0) continue;
    const uint64_t below = most - Log2(weight);
    weight = Exp2(below * kMillion / options_.temperature);
  }
}

// Leaves the first of the order: top_k of them, and of these as few as have
// top_p of their weight.
void Sampler::Cut() {
  order_.resize(weights_.size());
  std::iota(order_.begin(), order_.end(), 0u);
  std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) {
    return weights_[a] != weights_[b] ? weights_[a] > weights_[b] : a < b;
  });
  size_t kept = order_.size();
  if (options_.top_k > 0) kept = std::min<size_t>(kept, options_.top_k);
  uint64_t total = 0;
  for (size_t i = 0; i < kept; ++i) total += weights_[order_[i]];
  // ceil(total · top_p / 10^6), of parts that do not overflow.
  const uint64_t enough =
      total / kMillion * options_.top_p +
      (total % kMillion * options_.top_p + kMillion - 1) / kMillion;
  uint64_t sum = 0;
  size_t needed = 0;
  while (needed < kept && sum < enough) sum += weights_[order_[needed++]];
  for (size_t i = needed; i < order_.size(); ++i) weights_[order_[i]] = 0;
}

size_t Sampler::Draw(std::span<const uint32_t> weights) {
  assert(!weights.empty() && weights.size() <= kMaxCandidates);
  if (is_greedy()) {
    const auto first = std::max_element(weights.begin(), weights.end());
    return static_cast<size_t>(first - weights.begin());
  }
  weights_.assign(weights.begin(), weights.end());
  if (options_.temperature != kMillion) Temper();
  if (options_.top_k > 0 || options_.top_p < kMillion) Cut();
  uint64_t target = Below(Sum(weights_));
  size_t index = 0;
  while (target >= weights_[index]) target -= weights_[index++];
  return index;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Integer frequencies of a large vocabulary: the last place where a float
// appears before the coder. docs/numerics.md, "Checkpoints".
//
// With w_i ≤ 2^26 the weights of n − 1 tokens, W_i the sum of those before i
// and R = floor((2^32 − n) · 2^32 ÷ Σ w), symbol i owns [C_i, C_{i+1}) of 2^32
// with C_i = i + floor(W_i R ÷ 2^32): at least one for each, and sums of blocks
// suffice to find it. The last symbol, which has no weight, owns what remains:
// it announces a byte that is no token.

#ifndef LENTIL_MODEL_IMPORTED_TOKEN_TABLE_H_
#define LENTIL_MODEL_IMPORTED_TOKEN_TABLE_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/floats.h"

namespace lentil {

inline constexpr int kTokenTotalBits = 32;

struct TokenRange {
  uint32_t cumulative = 0;
  uint32_t frequency = 0;
};

class TokenTable {
 public:
  explicit TokenTable(uint32_t vocab)
      : vocab_(vocab),
        blocks_((vocab + kTokenBlock - 1) / kTokenBlock),
        weight_(blocks_ * kTokenBlock),
        block_sum_(blocks_),
        before_(blocks_ + 1) {}

  uint32_t vocab() const { return vocab_; }
  uint32_t escape() const { return vocab_; }  // the symbol after the tokens

  // From a row of logits, padded to whole blocks by −FLT_MAX. O(vocab).
  void Set(const FloatKernels& kernels, const float* logits) {
    kernels.token_weights(logits, weight_.size(), weight_.data(),
                          block_sum_.data());
    for (size_t b = 0; b < blocks_; ++b) {
      before_[b + 1] = before_[b] + block_sum_[b];
    }
    // The largest logit alone weighs 2^26.
    const uint64_t shared = (uint64_t{1} << 32) - (vocab_ + 1);
    ratio_ = (shared << 32) / before_[blocks_];
  }

  // Of a token or of escape().
  TokenRange RangeOf(uint32_t symbol) const {
    const uint64_t first = Cumulative(symbol, WeightBefore(symbol));
    const uint64_t next =
        symbol == vocab_
            ? uint64_t{1} << 32
            : Cumulative(symbol + 1, WeightBefore(symbol) + weight_[symbol]);
    return {static_cast<uint32_t>(first), static_cast<uint32_t>(next - first)};
  }

  // The symbol that owns `target`.
  uint32_t Find(uint32_t target) const {
    size_t low = 0;  // the last block that begins at or before it
    for (size_t high = blocks_; high - low > 1;) {
      const size_t middle = (low + high) / 2;
      const bool is_after =
          Cumulative(static_cast<uint32_t>(middle * kTokenBlock),
                     before_[middle]) > target;
      (is_after ? high : low) = middle;
    }
    auto symbol = static_cast<uint32_t>(low * kTokenBlock);
    uint64_t weight = before_[low];
    while (symbol < vocab_) {
      weight += weight_[symbol];
      if (Cumulative(symbol + 1, weight) > target) return symbol;
      ++symbol;
    }
    return vocab_;
  }

 private:
  uint64_t Cumulative(uint32_t symbol, uint64_t weight) const {
    return symbol + (weight * ratio_ >> 32);
  }
  uint64_t WeightBefore(uint32_t symbol) const {
    const uint32_t block = symbol / kTokenBlock;
    uint64_t weight = before_[block];
    for (uint32_t i = block * kTokenBlock; i < symbol; ++i) {
      weight += weight_[i];
    }
    return weight;
  }

  uint32_t vocab_;
  size_t blocks_;
  std::vector<uint32_t> weight_;
  std::vector<uint32_t> block_sum_;
  std::vector<uint64_t> before_;  // weight before each block, and of all
  uint64_t ratio_ = 0;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_TOKEN_TABLE_H_

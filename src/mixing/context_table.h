// SPDX-License-Identifier: Apache-2.0
// Counters of bits in hashed contexts.

#ifndef LENTIL_MIXING_CONTEXT_TABLE_H_
#define LENTIL_MIXING_CONTEXT_TABLE_H_

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernels/aligned.h"

namespace lentil {

// What a context has seen of one bit: P(1) in the upper 12 bits, how often in
// the lower 4 (15 = often; a surprise makes that less).
using Counter = uint16_t;
inline constexpr Counter kFreshCounter = 2048 << 4;
inline constexpr int kMaxCount = 15;
inline constexpr int32_t kSurprise = 2600;  // of 4095
inline constexpr int kSurprised = 8;        // a count after it, at most

inline int CountOf(Counter c) { return c & 15; }
inline uint32_t ProbabilityOf(Counter c) { return c & 0xfff0u; }  // · 2^16

// Moves by 1 ÷ (n + 3/2) of the way, by 1 ÷ 25 for good, and again faster after
// a bit that was thought unlikely: what held so far may hold no longer.
inline void Count(Counter& c, bool bit) {
  static constexpr std::array<int32_t, 16> kRate = [] {
    std::array<int32_t, 16> rate{};
    for (int n = 0; n < kMaxCount; ++n) rate[n] = (1 << 17) / (2 * n + 3);
    rate[kMaxCount] = (1 << 16) / 25;
    return rate;
  }();
  const int n = CountOf(c);
  const int32_t p = c >> 4;
  const int32_t wrong = bit ? 4095 - p : p;  // how far off it was
  const int32_t step = (wrong * kRate[n] + 65535) >> 16;
  const int32_t moved = bit ? p + step : p - step;
  const int next = wrong > kSurprise && n > kSurprised
                       ? kSurprised
                       : std::min(n + 1, kMaxCount);
  c = static_cast<Counter>(moved << 4 | next);
}

// The 15 counters of four bits in one context: node 1 is the first bit, 2 and 3
// the second after 0 and 1, and so on.
struct alignas(32) Bucket {
  uint16_t check = 0;  // 0 = empty
  Counter counter[15];
};

// 2^bits buckets; a context that is not there takes the place of one that was
// seen less among its neighbours.
class ContextTable {
 public:
  explicit ContextTable(int bits)
      : buckets_(size_t{1} << bits), shift_(32 - bits) {
    for (Bucket& b : buckets_) Clear(&b, 0);
  }

  Bucket* Find(uint32_t hash) {
    const size_t at = hash >> shift_;
    const auto check = static_cast<uint16_t>(hash | 1);
    Bucket* const first = &buckets_[at];
    if (first->check == check) return first;
    Bucket* const second = &buckets_[at ^ 1];
    if (second->check == check) return second;
    Bucket* const worse = Worth(*first) <= Worth(*second) ? first : second;
    Clear(worse, check);
    return worse;
  }

  // The two buckets of which Find takes or clears one.
  Bucket* Candidates(uint32_t hash) {
    return &buckets_[hash >> shift_ & ~size_t{1}];
  }

  void Prefetch(uint32_t hash) const {
    __builtin_prefetch(&buckets_[hash >> shift_]);
  }

 private:
  static int Worth(const Bucket& b) {
    return b.check == 0 ? -1 : CountOf(b.counter[0]);
  }
  static void Clear(Bucket* b, uint16_t check) {
    b->check = check;
    std::fill(b->counter, b->counter + 15, kFreshCounter);
  }

  AlignedArray<Bucket> buckets_;
  int shift_;
};

}  // namespace lentil

#endif  // LENTIL_MIXING_CONTEXT_TABLE_H_

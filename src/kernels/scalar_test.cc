// SPDX-License-Identifier: Apache-2.0
// The reference is close to real arithmetic: it means what it should.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/fp_mode.h"
#include "kernels/kernels.h"
#include "kernels/test_random.h"

namespace lentil {
namespace {

TEST(Frequencies, SumExactlyAndAreAtLeastOne) {
  const ScopedFpMode mode;
  Random random(5);
  for (uint32_t kind = 0; kind < 200; ++kind) {
    std::vector<float> logits(256);
    for (float& l : logits) l = random.Normal() * std::exp2(kind % 19 - 8.0f);
    FrequencyTable t;
    ScalarKernels().frequencies(logits.data(), &t);
    uint64_t sum = 0;
    const double top = *std::max_element(logits.begin(), logits.end());
    double z = 0;
    for (const float l : logits) z += std::exp2(l - top);
    for (uint32_t s = 0; s < 256; ++s) {
      ASSERT_GE(t.frequency[s], 1u);
      ASSERT_EQ(RangeOf(t, s).cumulative, sum);
      for (const uint32_t offset : {0u, t.frequency[s] - 1}) {
        SymbolRange range;
        ASSERT_EQ(FindSymbol(t, static_cast<uint32_t>(sum) + offset, &range),
                  s);
        ASSERT_EQ(range.cumulative, sum);
        ASSERT_EQ(range.frequency, t.frequency[s]);
      }
      const double p = std::exp2(logits[s] - top) / z;
      // Rounding w, one per symbol for its floor, and what is left over.
      ASSERT_NEAR(t.frequency[s], p * (1 << kTotalBits), 260 + 32 * p) << s;
      sum += t.frequency[s];
    }
    ASSERT_EQ(sum, 1u << kTotalBits);
  }
}

TEST(Frequencies, TheRemainderGoesToTheFirstLargest) {
  const ScopedFpMode mode;
  const std::vector<float> equal(256, 2.5f);
  FrequencyTable t;
  ScalarKernels().frequencies(equal.data(), &t);
  for (uint32_t s = 1; s < 256; ++s) {
    EXPECT_EQ(t.frequency[s], t.frequency[255]);
    EXPECT_GE(t.frequency[0], t.frequency[s]);
  }
}

TEST(Rotary, IsCloseToSineAndCosine) {
  const ScopedFpMode mode;
  Random random(6);
  for (int i = 0; i < 2000; ++i) {
    const uint32_t step = random.Below(0xffffffffu);
    float c, s;
    ScalarKernels().rotary(1, &step, 1, &c, &s);
    const double angle = step * (2 * M_PI / 4294967296.0);
    EXPECT_NEAR(c, std::cos(angle), 3e-7);
    EXPECT_NEAR(s, std::sin(angle), 3e-7);
  }
}

TEST(Attend, IsCloseToSoftmax) {
  const ScopedFpMode mode;
  Random random(7);
  constexpr uint32_t kWidth = 32, kWindow = 40, kLast = 100;
  const uint32_t capacity = KvRingCapacity(kWindow);
  AlignedBytes bytes(KvRingBytes(capacity, kWidth));
  const KvRing ring = {bytes.data(), capacity, kWidth};
  std::vector<std::vector<int8_t>> keys, values;
  for (uint32_t p = 0; p <= kLast; ++p) {
    keys.push_back(random.Int8s(kWidth, 0));
    values.push_back(random.Int8s(kWidth, 0));
    ScalarKernels().ring_put(ring, p, keys[p].data(), values[p].data());
  }
  const std::vector<int8_t> q = random.Int8s(kWidth, 0);
  const float c = 1e-4f;
  const int32_t sink = 5000;
  std::vector<float> out(kWidth);
  AlignedBytes scratch(ScratchBytes(0, 0));
  ScalarKernels().attend({.ring = ring,
                          .first = kLast + 1 - kWindow,
                          .last = kLast,
                          .q = q.data(),
                          .heads = 1,
                          .c = &c,
                          .sink = &sink,
                          .out = out.data(),
                          .scratch = scratch.data()});
  double total = std::exp2(sink * static_cast<double>(c));
  std::vector<double> sum(kWidth);
  for (uint32_t p = kLast + 1 - kWindow; p <= kLast; ++p) {
    const int dot = std::inner_product(q.begin(), q.end(), keys[p].begin(), 0);
    const double e = std::exp2(dot * static_cast<double>(c));
    total += e;
    for (uint32_t i = 0; i < kWidth; ++i) sum[i] += e * values[p][i];
  }
  for (uint32_t i = 0; i < kWidth; ++i) {
    EXPECT_NEAR(out[i], sum[i] / total / 32, 1e-3);
  }
}

TEST(HeadNorm, IsThirtyTwoStepsPerUnitOfRms) {
  const ScopedFpMode mode;
  Random random(8);
  constexpr size_t kWidth = 64;
  const std::vector<float> x = random.Floats(kWidth, 0);
  const uint32_t position = 7;
  std::vector<uint32_t> step(kWidth / 2);
  for (uint32_t& s : step) s = random.Below(0xffffffffu);
  std::vector<float> c(kWidth / 2), s(kWidth / 2);
  ScalarKernels().rotary(position, step.data(), kWidth / 2, c.data(), s.data());
  std::vector<int8_t> out(kWidth);
  ScalarKernels().head_norm(x.data(), 1, kWidth, c.data(), s.data(),
                            out.data());
  double square = 0;
  for (const float v : x) square += static_cast<double>(v) * v;
  const double f = 32 / std::sqrt(square / kWidth);
  for (size_t i = 0; i < kWidth / 2; ++i) {
    const double a = x[i], b = x[i + kWidth / 2];
    EXPECT_NEAR(out[i], f * (a * c[i] - b * s[i]), 1.5);
    EXPECT_NEAR(out[i + kWidth / 2], f * (a * s[i] + b * c[i]), 1.5);
  }
}

}  // namespace
}  // namespace lentil

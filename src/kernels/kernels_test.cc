// SPDX-License-Identifier: Apache-2.0
// Every target equals the scalar reference bit for bit, on random and extreme
// inputs.

#include "kernels/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/fp_mode.h"
#include "kernels/test_random.h"
#include "kernels/test_tables.h"

namespace lentil {
namespace {

std::vector<const Kernels*> VectorTables() {
  std::vector<const Kernels*> tables;
  for (const Kernels* k : AvailableKernels()) {
    if (k != &ScalarKernels()) tables.push_back(k);
  }
  if (EmulatedTable() != nullptr) tables.push_back(EmulatedTable());
  return tables;
}

std::string Name(const testing::TestParamInfo<const Kernels*>& info) {
  return info.param->name +
         std::string(info.param == EmulatedTable() ? "_emulated" : "");
}

template <class A>
void ExpectSameBits(const A& a, const A& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::memcmp(&a[i], &b[i], sizeof(a[i])), 0)
        << "at " << i << ": " << +a[i] << " and " << +b[i];
  }
}

class KernelsEqual : public testing::TestWithParam<const Kernels*> {
 protected:
  const Kernels& target() const { return *GetParam(); }
  const Kernels& scalar() const { return ScalarKernels(); }
  ScopedFpMode mode_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(KernelsEqual);
INSTANTIATE_TEST_SUITE_P(All, KernelsEqual, testing::ValuesIn(VectorTables()),
                         Name);

TEST_P(KernelsEqual, QuantizeEmbedAndRotary) {
  Random random(1);
  for (uint32_t kind = 0; kind < 120; ++kind) {
    const size_t n = 16 * (1 + random.Below(40));
    const std::vector<float> x = random.Floats(n, kind);
    for (const ScaleKind scale : {ScaleKind::kRms, ScaleKind::kMax}) {
      std::vector<int8_t> a(n), b(n);
      const std::vector<float> sigma = {
          scalar().quantize(x.data(), n, scale, a.data()),
          target().quantize(x.data(), n, scale, b.data())};
      ExpectSameBits(a, b);
      ASSERT_EQ(std::memcmp(&sigma[0], &sigma[1], 4), 0) << "kind " << kind;
    }
    const std::vector<int8_t> e0 = random.Int8s(n, kind);
    const std::vector<int8_t> e1 = random.Int8s(n, 0);
    const int8_t* rows[] = {e0.data(), e1.data(), e0.data()};
    const float scales[] = {0.3f, 1e-3f, 7e5f};
    std::vector<float> ha(n), hb(n);
    const size_t count = 1 + random.Below(3);
    scalar().embed(rows, scales, count, n, ha.data());
    target().embed(rows, scales, count, n, hb.data());
    ExpectSameBits(ha, hb);

    const size_t half = 8 * (1 + random.Below(8));
    std::vector<uint32_t> step(half);
    for (uint32_t& s : step) s = random.Below(0xffffffffu);
    step[0] = kind << 28;
    std::vector<float> ca(half), cb(half), sa(half), sb(half);
    const uint32_t position = kind < 60 ? kind : random.Below(1u << 31);
    scalar().rotary(position, step.data(), half, ca.data(), sa.data());
    target().rotary(position, step.data(), half, cb.data(), sb.data());
    ExpectSameBits(ca, cb);
    ExpectSameBits(sa, sb);
  }
}

TEST_P(KernelsEqual, HeadNorm) {
  Random random(2);
  for (uint32_t kind = 0; kind < 96; ++kind) {
    const size_t k = 16 * (1 + random.Below(8));
    const size_t heads = 1 + random.Below(3);
    const std::vector<float> x = random.Floats(heads * k, kind);
    std::vector<uint32_t> step(k / 2);
    for (uint32_t& s : step) s = random.Below(0xffffffffu);
    std::vector<float> cosine(k / 2), sine(k / 2);
    scalar().rotary(kind, step.data(), k / 2, cosine.data(), sine.data());
    for (const bool rotate : {false, true}) {
      std::vector<int8_t> a(heads * k), b(heads * k);
      const float* c = rotate ? cosine.data() : nullptr;
      scalar().head_norm(x.data(), heads, k, c, sine.data(), a.data());
      target().head_norm(x.data(), heads, k, c, sine.data(), b.data());
      ExpectSameBits(a, b);
    }
  }
}

struct LinearCase {
  size_t rows, n, k;
  uint32_t kind;
  Epilogue epilogue;
  uint32_t zeros_of_256 = 0;  // if any, the rest is positive
  int32_t largest_weight = 127;
};

std::vector<float> RunLinear(const MatrixKernels& kernels,
                             const LinearCase& c) {
  Random random(static_cast<uint32_t>(c.rows * 131 + c.n * 17 + c.k));
  const size_t q_stride = c.k + 16;
  const size_t out_stride = c.n + 5;
  std::vector<int8_t> weight = random.Int8s(c.n * c.k, c.kind);
  for (int8_t& w : weight) {
    w = static_cast<int8_t>(
        std::clamp<int32_t>(w, -c.largest_weight, c.largest_weight));
  }
  std::vector<int8_t> q = random.Int8s(c.rows * q_stride, c.kind / 6);
  if (c.zeros_of_256 > 0) {
    for (int8_t& x : q) {
      x = random.Below(256) < c.zeros_of_256 ? 0 : static_cast<int8_t>(abs(x));
    }
  }
  const std::vector<float> sigma = random.Floats(c.rows, 0);
  const std::vector<float> scale = random.Floats(c.n, 0);
  std::vector<float> out = random.Floats(c.rows * out_stride, 0);
  const PackedMatrix packed(kernels, weight.data(), scale.data(), c.n, c.k);
  AlignedBytes scratch(ScratchBytes(c.rows, c.k));
  kernels.apply({.packed = packed.data(),
                 .n = c.n,
                 .k = c.k,
                 .q = q.data(),
                 .q_stride = q_stride,
                 .sigma = sigma.data(),
                 .rows = c.rows,
                 .out = out.data(),
                 .out_stride = out_stride,
                 .epilogue = c.epilogue,
                 .scratch = scratch.data()});
  return out;
}

TEST_P(KernelsEqual, LinearOfEveryShape) {
  constexpr Epilogue kAll[] = {Epilogue::kStore, Epilogue::kAdd,
                               Epilogue::kSquaredRelu};
  const auto expect_equal = [&](LinearCase c) {
    ExpectSameBits(RunLinear(scalar().linear, c),
                   RunLinear(target().linear, c));
    c.largest_weight = kNarrowWeight;
    const std::vector<float> expected = RunLinear(scalar().linear, c);
    ExpectSameBits(expected, RunLinear(target().linear, c));
    ExpectSameBits(expected, RunLinear(target().narrow, c));
    if (HasFatalFailure()) {
      FAIL() << c.rows << " rows, " << c.n << " x " << c.k;
    }
  };
  uint32_t kind = 0;
  for (const size_t rows : {1, 2, 3, 4, 5, 6, 7, 8, 11, 13, 16, 47, 49, 97}) {
    for (const size_t n : {1, 7, 16, 17, 48, 63, 64, 65, 192}) {
      for (const size_t k : {16, 32, 48, 128, 272}) {
        expect_equal({rows, n, k, kind, kAll[kind % 3]});
        ++kind;
      }
    }
  }
  for (kind = 0; kind < 36; ++kind) {  // the largest sums
    expect_equal({3, 64, kMaxWidth, kind, Epilogue::kStore});
  }
}

TEST_P(KernelsEqual, SparseOfEveryShape) {
  uint32_t kind = 0;
  for (const uint32_t zeros : {1u, 128u, 220u, 255u, 256u}) {
    for (const size_t n : {1, 7, 16, 31, 32, 33, 64, 80, 128, 192}) {
      for (const size_t k : {16, 48, 64, 80, 512, 4096}) {
        const auto epilogue = static_cast<Epilogue>(kind % 3);
        const LinearCase c = {3, n, k, kind++, epilogue, zeros};
        const std::vector<float> expected = RunLinear(scalar().linear, c);
        ExpectSameBits(expected, RunLinear(scalar().sparse, c));
        ExpectSameBits(expected, RunLinear(target().sparse, c));
        if (HasFatalFailure()) FAIL() << zeros << " zeros, " << n << " x " << k;
      }
    }
  }
}

struct AttendCase {
  uint32_t window, last, heads, k, kind;
};

std::vector<float> RunAttend(const Kernels& kernels, const AttendCase& c) {
  Random random(c.window + 31 * c.last + c.kind);
  const uint32_t capacity = KvRingCapacity(c.window);
  AlignedBytes bytes(KvRingBytes(capacity, c.k));
  std::memset(bytes.data(), 0x5a, bytes.size());  // stale slots must not matter
  const KvRing ring = {bytes.data(), capacity, c.k};
  const uint32_t newest = c.last + random.Below(31);  // of the same batch
  const uint32_t oldest = newest < capacity ? 0 : newest - capacity + 1;
  for (uint32_t p = oldest; p <= newest; ++p) {
    const std::vector<int8_t> key = random.Int8s(c.k, c.kind);
    const std::vector<int8_t> value = random.Int8s(c.k, c.kind / 6);
    kernels.ring_put(ring, p, key.data(), value.data());
  }
  const std::vector<int8_t> q = random.Int8s(c.heads * c.k, c.kind / 2);
  std::vector<float> temperature(c.heads);
  std::vector<int32_t> sink(c.heads);
  for (uint32_t h = 0; h < c.heads; ++h) {
    temperature[h] = std::exp2(-static_cast<float>(random.Below(21)));
    const int32_t sinks[] = {0, kMaxSink, -kMaxSink, 9000};
    sink[h] = sinks[random.Below(4)];
  }
  std::vector<float> out(c.heads * c.k);
  AlignedBytes scratch(ScratchBytes(0, 0));
  kernels.attend({.ring = ring,
                  .first = c.last + 1 < c.window ? 0 : c.last + 1 - c.window,
                  .last = c.last,
                  .q = q.data(),
                  .heads = c.heads,
                  .c = temperature.data(),
                  .sink = sink.data(),
                  .out = out.data(),
                  .scratch = scratch.data()});
  return out;
}

TEST_P(KernelsEqual, AttendForEveryWindowAndPosition) {
  Random random(3);
  uint32_t kind = 0;
  for (const uint32_t window :
       {1u, 2u, 15u, 16u, 17u, 64u, 100u, 256u, 1024u}) {
    for (int i = 0; i < 24; ++i) {
      const uint32_t last =
          i < 6 ? static_cast<uint32_t>(i) : random.Below(4 * window + 100);
      const AttendCase c = {window, last, 1 + random.Below(9),
                            16 * (1 + random.Below(8)), kind++};
      ExpectSameBits(RunAttend(scalar(), c), RunAttend(target(), c));
      if (HasFatalFailure()) FAIL() << "window " << window << " at " << last;
    }
  }
}

TEST_P(KernelsEqual, Frequencies) {
  Random random(4);
  for (uint32_t kind = 0; kind < 400; ++kind) {
    std::vector<float> logits(256);
    for (float& l : logits) {
      l = kind % 4 == 0 ? 0.0f : random.Normal() * std::exp2(kind % 19 - 8.0f);
    }
    if (kind % 5 == 0) logits[random.Below(256)] = 1e15f;
    FrequencyTable a, b;
    scalar().frequencies(logits.data(), &a);
    target().frequencies(logits.data(), &b);
    ASSERT_EQ(std::memcmp(&a, &b, sizeof(a)), 0) << "kind " << kind;
  }
}

TEST_P(KernelsEqual, MixAndTrainMix) {
  Random random(6);
  for (uint32_t kind = 0; kind < 300; ++kind) {
    const size_t n = 16 * (1 + random.Below(2));
    std::vector<int32_t> w(n), x(n);
    for (size_t i = 0; i < n; ++i) {
      const auto size = static_cast<uint32_t>(kMaxMixWeight);
      w[i] = kind % 3 == 0
                 ? kMaxMixWeight * (i % 2 == 0 ? 1 : -1)
                 : static_cast<int32_t>(random.Below(2 * size)) - kMaxMixWeight;
      x[i] = kind % 5 == 0 ? 4095 * (i % 2 == 0 ? 1 : -1)
                           : static_cast<int32_t>(random.Below(8191)) - 4095;
    }
    ASSERT_EQ(scalar().mix(w.data(), x.data(), n),
              target().mix(w.data(), x.data(), n));
    const int32_t error =
        static_cast<int32_t>(random.Below(1 << 18)) - (1 << 17);
    std::vector<int32_t> v = w;
    scalar().train_mix(w.data(), x.data(), error, n);
    target().train_mix(v.data(), x.data(), error, n);
    ExpectSameBits(w, v);
  }
}

TEST(Selection, NamesAreFoundAndUnknownOnesRefused) {
  for (const Kernels* kernels : AvailableKernels()) {
    const Result<const Kernels*> found = FindKernels(kernels->name);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(*found, kernels);
  }
  const Result<const Kernels*> unknown = FindKernels("mmx");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.status().code(), Code::kInvalidArgument);
  EXPECT_NE(unknown.status().message().find("scalar"), std::string::npos);
}

}  // namespace
}  // namespace lentil

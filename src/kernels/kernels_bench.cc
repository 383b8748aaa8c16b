// SPDX-License-Identifier: Apache-2.0
// Speed of the kernels beside the roof of the machine. "ops" are int8
// multiplications and additions, two per weight and row; "of_roof" is their
// share of the roof, timed in turns of microseconds, as the clock of a core
// follows what runs on it.
//
//   lentil_kernels_bench --benchmark_enable_random_interleaving=true
//
// LENTIL_KERNELS chooses the target.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/fp_mode.h"
#include "kernels/kernels.h"
#include "kernels/test_random.h"

namespace lentil {
namespace {

const Kernels& Table() {
  static const Kernels* table = [] {
    Result<const Kernels*> chosen = DefaultKernels();
    if (chosen.ok()) return *chosen;
    std::fprintf(stderr, "%s\n", chosen.status().message().c_str());
    std::exit(2);
  }();
  return *table;
}

void ReportOps(benchmark::State& state, double ops) {
  state.counters["ops"] =
      benchmark::Counter(ops, benchmark::Counter::kIsIterationInvariantRate);
}

// ---- the roof: independent multiply-adds on registers, nothing else ---------

#if defined(__x86_64__)
#define LENTIL_TEN(f) f(0) f(1) f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9)

// vpmaddwd with its vpaddd: 16 multiply-adds on 32 bytes widened to int16.
#define LENTIL_MADD(i)                     \
  "vpmaddwd %%ymm15, %%ymm14, %%ymm13\n\t" \
  "vpaddd %%ymm13, %%ymm" #i ", %%ymm" #i "\n\t"

void RoofAvx2() {
  for (int i = 0; i < 10000; ++i) {
    asm volatile(LENTIL_TEN(LENTIL_MADD)::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                       "xmm7", "xmm8", "xmm9", "xmm13", "xmm14", "xmm15");
  }
}

#define LENTIL_DPBUSD(i) "vpdpbusd %%zmm15, %%zmm14, %%zmm" #i "\n\t"

void RoofAvx512Vnni() {
  for (int i = 0; i < 10000; ++i) {
    asm volatile(LENTIL_TEN(LENTIL_DPBUSD) LENTIL_DPBUSD(10) LENTIL_DPBUSD(11)::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                       "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm14",
                       "xmm15");
  }
}
#endif

struct Roof {
  void (*run)() = nullptr;
  double ops = 0;  // of one run
};

// Of the instructions that the chosen target has.
Roof TableRoof() {
  const std::string_view name = Table().name;
#if defined(__x86_64__)
  if (name == "avx512") return {RoofAvx512Vnni, 10000.0 * 12 * 64 * 2};
  if (name == "avx2") return {RoofAvx2, 10000.0 * 10 * 16 * 2};
#endif
  return {};
}

// ---- kernels --------------------------------------------------------------

std::vector<int8_t> Bytes(size_t n) {
  std::vector<int8_t> v(n);
  uint32_t x = 1;
  for (int8_t& b : v) {
    x = x * 1664525 + 1013904223;
    b = static_cast<int8_t>(static_cast<int>(x >> 24) % 127);
  }
  return v;
}

std::vector<float> Floats(size_t n) {
  std::vector<float> v;
  for (const int8_t b : Bytes(n)) v.push_back(static_cast<float>(b) / 32);
  return v;
}

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
constexpr double kOpsPerTurn = 2e7;

// Arguments: rows, n, k, matrices. One iteration is a turn of many products;
// the roof's turn follows and is not part of its time. With many matrices they
// come from the cache level that holds all of them, as in a model.
void Multiply(benchmark::State& state, const MatrixKernels& kernels,
              uint32_t zeros_of_256, int largest_weight = 126) {
  const auto rows = static_cast<size_t>(state.range(0));
  const auto n = static_cast<size_t>(state.range(1));
  const auto k = static_cast<size_t>(state.range(2));
  std::vector<int8_t> weights = Bytes(n * k);
  for (int8_t& w : weights) w = static_cast<int8_t>(w % (largest_weight + 1));
  std::vector<PackedMatrix> matrices;
  for (int i = 0; i < state.range(3); ++i) {
    matrices.emplace_back(kernels, weights.data(), Floats(n).data(), n, k);
  }
  std::vector<int8_t> q = Bytes(rows * k);
  Random random(7);
  if (zeros_of_256 > 0) {
    for (int8_t& x : q) {
      x = random.Below(256) < zeros_of_256 ? 0 : static_cast<int8_t>(x & 127);
    }
  }
  const std::vector<float> sigma(rows, 0.01f);
  AlignedArray<float> out(rows * n);
  AlignedBytes scratch(ScratchBytes(rows, k));
  const ScopedFpMode mode;
  const double ops = 2.0 * rows * n * k;
  const auto turn = static_cast<size_t>(kOpsPerTurn / ops) + 1;
  const Roof roof = TableRoof();
  double roof_seconds = 0;
  double seconds = 0;
  size_t turns = 0;
  for (auto _ : state) {
    const auto start = Clock::now();
    for (size_t i = 0, next = 0; i < turn; ++i) {
      kernels.apply({.packed = matrices[next].data(),
                     .n = n,
                     .k = k,
                     .q = q.data(),
                     .q_stride = k,
                     .sigma = sigma.data(),
                     .rows = rows,
                     .out = out.data(),
                     .out_stride = n,
                     .epilogue = Epilogue::kStore,
                     .scratch = scratch.data()});
      benchmark::DoNotOptimize(out.data());
      if (++next == matrices.size()) next = 0;
    }
    const auto middle = Clock::now();
    if (roof.run != nullptr) roof.run();
    const double took = Seconds(middle - start).count();
    state.SetIterationTime(took);
    seconds += took;
    roof_seconds += Seconds(Clock::now() - middle).count();
    ++turns;
  }
  ReportOps(state, ops * turn);
  if (roof.run == nullptr) return;
  const double roof_rate = roof.ops * turns / roof_seconds;
  state.counters["roof"] = roof_rate;
  state.counters["of_roof"] = ops * turn * turns / seconds / roof_rate;
}
void Linear(benchmark::State& state) { Multiply(state, Table().linear, 0); }
void NarrowLinear(benchmark::State& state) {
  Multiply(state, Table().narrow, 0, kNarrowWeight);
}
// As many zeros as "small" has behind its squared ReLU; they count as work.
void Sparse(benchmark::State& state) { Multiply(state, Table().sparse, 219); }
void LinearShapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"rows", "n", "k", "matrices"})->UseManualTime();
  for (const int rows : {1, 8, 16, 64}) {
    for (const int size : {256, 512, 1024}) b->Args({rows, size, size, 1});
    // Shapes of the model "small", 700 KB in all.
    for (const int layers : {1, 4}) {
      b->Args({rows, 192, 128, 1 * layers});
      b->Args({rows, 512, 128, 1 * layers});
      b->Args({rows, 128, 512, 1 * layers});
    }
  }
  b->Args({16, 512, 128, 12});
}
BENCHMARK(Linear)->Apply(LinearShapes);
BENCHMARK(NarrowLinear)->Apply(LinearShapes);
BENCHMARK(Sparse)
    ->UseManualTime()
    ->Args({1, 128, 512, 4})
    ->Args({16, 128, 512, 4});

void Attend(benchmark::State& state) {
  const auto window = static_cast<uint32_t>(state.range(0));
  const auto heads = static_cast<size_t>(state.range(1));
  constexpr uint32_t kWidth = 32;
  const uint32_t capacity = KvRingCapacity(window);
  AlignedBytes bytes(KvRingBytes(capacity, kWidth));
  const KvRing ring = {bytes.data(), capacity, kWidth};
  const std::vector<int8_t> keys = Bytes(capacity * kWidth);
  for (uint32_t p = 0; p < capacity; ++p) {
    Table().ring_put(ring, p, &keys[p * kWidth], &keys[p * kWidth]);
  }
  const std::vector<int8_t> q = Bytes(heads * kWidth);
  const std::vector<float> c(heads, 1e-4f);
  const std::vector<int32_t> sink(heads);
  std::vector<float> out(heads * kWidth);
  AlignedBytes scratch(ScratchBytes(0, 0));
  const ScopedFpMode mode;
  uint32_t last = capacity;
  for (auto _ : state) {
    Table().attend({.ring = ring,
                    .first = last + 1 - window,
                    .last = last,
                    .q = q.data(),
                    .heads = heads,
                    .c = c.data(),
                    .sink = sink.data(),
                    .out = out.data(),
                    .scratch = scratch.data()});
    benchmark::DoNotOptimize(out.data());
    ++last;
  }
  ReportOps(state, 4.0 * window * heads * kWidth);
}
BENCHMARK(Attend)
    ->ArgNames({"window", "heads"})
    ->ArgsProduct({{64, 128, 256, 512, 1024}, {1, 2, 4}});

void Quantize(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  const std::vector<float> x = Floats(n);
  std::vector<int8_t> q(n);
  const ScopedFpMode mode;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        Table().quantize(x.data(), n, ScaleKind::kRms, q.data()));
  }
}
BENCHMARK(Quantize)->Arg(64)->Arg(128)->Arg(512);

void HeadNorm(benchmark::State& state) {
  const std::vector<float> x = Floats(5 * 32);
  const std::vector<float> cosine = Floats(16);
  std::vector<int8_t> out(5 * 32);
  const ScopedFpMode mode;
  for (auto _ : state) {
    Table().head_norm(x.data(), 5, 32, cosine.data(), cosine.data(),
                      out.data());
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(HeadNorm);

void RingPut(benchmark::State& state) {
  AlignedBytes bytes(KvRingBytes(96, 32));
  const KvRing ring = {bytes.data(), 96, 32};
  const std::vector<int8_t> key = Bytes(32);
  uint32_t position = 0;
  for (auto _ : state)
    Table().ring_put(ring, position++, key.data(), key.data());
}
BENCHMARK(RingPut);

void Embed(benchmark::State& state) {
  const std::vector<int8_t> row = Bytes(128);
  const std::vector<const int8_t*> rows(7, row.data());
  const std::vector<float> scale(7, 0.1f);
  std::vector<float> h(128);
  for (auto _ : state) {
    Table().embed(rows.data(), scale.data(), 7, 128, h.data());
    benchmark::DoNotOptimize(h.data());
  }
}
BENCHMARK(Embed);

void Rotary(benchmark::State& state) {
  const std::vector<uint32_t> step(16, 123456789);
  std::vector<float> cosine(16), sine(16);
  uint32_t position = 0;
  for (auto _ : state) {
    Table().rotary(position++, step.data(), 16, cosine.data(), sine.data());
    benchmark::DoNotOptimize(cosine.data());
  }
}
BENCHMARK(Rotary);

void Frequencies(benchmark::State& state) {
  const std::vector<float> logits = Floats(256);
  FrequencyTable table;
  for (auto _ : state) {
    Table().frequencies(logits.data(), &table);
    benchmark::DoNotOptimize(table);
  }
}
BENCHMARK(Frequencies);

void Find(benchmark::State& state) {
  FrequencyTable table;
  Table().frequencies(Floats(256).data(), &table);
  uint32_t target = 0;
  for (auto _ : state) {
    target = (target + 7654321) & ((1u << kTotalBits) - 1);
    SymbolRange range;
    benchmark::DoNotOptimize(FindSymbol(table, target, &range));
  }
}
BENCHMARK(Find);

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// The trainer against the machine: the matrix product and whole steps, in
// GFLOP/s on one thread. "of_roof" is their share of what independent
// multiply-adds on registers reach, which are timed in turns with them, each
// for as long, as the clock of a core follows what runs on it. A step counts
// 6 × weights in matrices + 12 × attended positions × H × K per byte.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "train/engine.h"
#include "train/parameters.h"
#include "train/presets.h"
#include "train/random.h"

namespace lentil {
namespace {

// ---- the roof ---------------------------------------------------------------

constexpr int kRoofRounds = 10000;

#if defined(__x86_64__)
// 12 chains hide the latency of two multiply-adds a cycle. Returns operations.
template <class V>
__attribute__((always_inline)) inline double RoofLoop() {
  constexpr int kChains = 12;
  V sum[kChains] = {};
  V a = V{} + 0.999f;
  V b = V{} + 0.001f;
  asm volatile("" : "+m"(a), "+m"(b));  // clang refuses wide "+x" here
  for (int i = 0; i < kRoofRounds; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < kChains; ++j) sum[j] = sum[j] * a + b;
  }
  for (V& s : sum) asm volatile("" : "+m"(s));
  return 2.0 * kChains * kRoofRounds * (sizeof(V) / sizeof(float));
}

typedef float Float8 __attribute__((vector_size(32)));
typedef float Float16 __attribute__((vector_size(64)));

__attribute__((target("avx2,fma"))) double RoofAvx2() {
  return RoofLoop<Float8>();
}
__attribute__((target("avx512f"))) double RoofAvx512() {
  return RoofLoop<Float16>();
}
#endif

using Roof = double (*)();

// Of the widest instructions here; null if none is known.
Roof MachineRoof() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return RoofAvx512;
  if (__builtin_cpu_supports("avx2")) return RoofAvx2;
#endif
  return nullptr;
}

// ---- in turns with it -------------------------------------------------------

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Times `work` of `flops` operations.
template <class Work>
void Measure(benchmark::State& state, double flops, const Work& work) {
  const Roof roof = MachineRoof();
  double seconds = 0, roof_seconds = 0, roof_flops = 0;
  for (auto _ : state) {
    const auto start = Clock::now();
    work();
    const double took = SecondsSince(start);
    state.SetIterationTime(took);
    seconds += took;
    if (roof == nullptr) continue;
    const auto middle = Clock::now();
    do {
      roof_flops += roof();
    } while (SecondsSince(middle) < took);
    roof_seconds += SecondsSince(middle);
  }
  const double rate = flops * static_cast<double>(state.iterations()) / seconds;
  state.counters["GFLOP/s"] = rate * 1e-9;
  if (roof == nullptr) return;
  state.counters["roof"] = roof_flops / roof_seconds * 1e-9;
  state.counters["of_roof"] = rate / (roof_flops / roof_seconds);
}

void MatrixProduct(benchmark::State& state) {
  const size_t m = 1024, n = state.range(0), k = state.range(1);
  const std::vector<float> a(m * k, 0.5f), b(n * k, 0.25f);
  std::vector<float> c(m * n);
  const ptrdiff_t depth = static_cast<ptrdiff_t>(k);
  Measure(state, 2.0 * static_cast<double>(m * n * k), [&] {
    EngineFor(16).gemm(m, n, k, {a.data(), depth, 1}, {b.data(), 1, depth},
                       c.data(), n, false);
  });
}
BENCHMARK(MatrixProduct)
    ->ArgsProduct({{128, 512}, {128, 512}})
    ->UseManualTime();

double StepFlops(const ParameterLayout& layout, size_t length) {
  double weights = 0;
  for (const TensorInfo& t : layout.tensors) {
    const bool multiplied =
        t.role == TensorRole::kMatrix || t.role == TensorRole::kUnembed;
    if (multiplied) weights += static_cast<double>(t.size());
  }
  double attended = 0;
  for (size_t window : layout.config.windows) {
    for (size_t t = 0; t < length; ++t) {
      attended += static_cast<double>(std::min(t + 1, window));
    }
  }
  return 6 * weights * static_cast<double>(length) +
         12 * attended * layout.config.q_dim();
}

// Forward and backward of one shard: preset, length of a sequence, rounding.
void Step(benchmark::State& state) {
  const ParameterLayout layout(Presets()[state.range(0)].config);
  const size_t length = state.range(1);
  const std::vector<float> parameters = InitialParameters(layout, 1);
  std::vector<float> gradient(layout.size);
  std::vector<uint8_t> bytes(1024);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(RandomBits(1, i));
  }
  Workspace workspace;
  const double sequences = static_cast<double>(bytes.size() / length);
  Measure(state, sequences * StepFlops(layout, length), [&] {
    EngineFor(layout.config.head_dim)
        .loss(layout, parameters.data(), {bytes, length}, state.range(2) != 0,
              1.0f, gradient.data(), workspace);
  });
  state.counters["bytes/s"] =
      benchmark::Counter(static_cast<double>(bytes.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel(std::string(Presets()[state.range(0)].name));
}
BENCHMARK(Step)
    ->ArgsProduct({{0, 1, 2, 3}, {256, 1024}, {0}})
    ->Args({1, 1024, 1})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// The same of a model of tokens: preset, tokens.
void TokenStep(benchmark::State& state) {
  DecoderConfig config = Presets()[state.range(0)].config;
  config.inputs = LastBytes(1);
  const auto vocabulary = static_cast<uint32_t>(state.range(1));
  const ParameterLayout layout(config, {.size = vocabulary});
  const std::vector<float> parameters = InitialParameters(layout, 1);
  std::vector<float> gradient(layout.size);
  std::vector<uint32_t> tokens(512);
  for (size_t i = 0; i < tokens.size(); ++i) {
    tokens[i] = static_cast<uint32_t>(RandomBits(1, i) % vocabulary);
  }
  Workspace workspace;
  Measure(state, StepFlops(layout, tokens.size()), [&] {
    EngineFor(config.head_dim)
        .loss(layout, parameters.data(), {{}, tokens.size(), tokens}, false,
              1.0f, gradient.data(), workspace);
  });
  state.SetLabel(std::string(Presets()[state.range(0)].name));
}
BENCHMARK(TokenStep)
    ->ArgsProduct({{1, 2}, {256, 2000, 20000}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lentil

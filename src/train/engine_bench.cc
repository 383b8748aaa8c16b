// SPDX-License-Identifier: Apache-2.0
// The trainer against the machine: a loop of independent multiply-adds (the
// roof), the matrix product, and whole steps, all in GFLOP/s in one run. A step
// counts 6 × weights in matrices + 12 × attended positions × H × K per byte.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "train/engine.h"
#include "train/parameters.h"
#include "train/presets.h"
#include "train/random.h"

namespace lentil {
namespace {

#if defined(__x86_64__)
// 12 chains hide the latency of two multiply-adds a cycle.
template <class V>
__attribute__((always_inline)) inline void RoofLoop(benchmark::State& state) {
  constexpr int kChains = 12;
  constexpr int kRounds = 10000;
  V sum[kChains] = {};
  V a = V{} + 0.999f;
  V b = V{} + 0.001f;
  for (auto _ : state) {
    asm volatile("" : "+m"(a), "+m"(b));  // clang refuses wide "+x" here
    for (int i = 0; i < kRounds; ++i) {
#pragma GCC unroll 12
      for (int j = 0; j < kChains; ++j) sum[j] = sum[j] * a + b;
    }
    for (V& s : sum) asm volatile("" : "+m"(s));
  }
  state.counters["GFLOP/s"] = benchmark::Counter(
      2.0 * kChains * kRounds * (sizeof(V) / sizeof(float)) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate);
}

typedef float Float8 __attribute__((vector_size(32)));
typedef float Float16 __attribute__((vector_size(64)));

__attribute__((target("avx2,fma"))) void RoofAvx2(benchmark::State& state) {
  RoofLoop<Float8>(state);
}
__attribute__((target("avx512f"))) void RoofAvx512(benchmark::State& state) {
  if (!__builtin_cpu_supports("avx512f")) {
    state.SkipWithError("no AVX-512 here");
    return;
  }
  RoofLoop<Float16>(state);
}
BENCHMARK(RoofAvx2);
BENCHMARK(RoofAvx512);
#endif

void MatrixProduct(benchmark::State& state) {
  const size_t m = 1024, n = state.range(0), k = state.range(1);
  const std::vector<float> a(m * k, 0.5f), b(n * k, 0.25f);
  std::vector<float> c(m * n);
  const ptrdiff_t depth = static_cast<ptrdiff_t>(k);
  for (auto _ : state) {
    EngineFor(16).gemm(m, n, k, {a.data(), depth, 1}, {b.data(), 1, depth},
                       c.data(), n, false);
  }
  state.counters["GFLOP/s"] =
      benchmark::Counter(2e-9 * static_cast<double>(m * n * k),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(MatrixProduct)->ArgsProduct({{128, 512}, {128, 512}});

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
  for (auto _ : state) {
    EngineFor(layout.config.head_dim)
        .loss(layout, parameters.data(), {bytes, length}, state.range(2) != 0,
              1.0f, gradient.data(), workspace);
  }
  const double sequences = static_cast<double>(bytes.size() / length);
  state.counters["GFLOP/s"] =
      benchmark::Counter(sequences * StepFlops(layout, length) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate);
  state.counters["bytes/s"] =
      benchmark::Counter(static_cast<double>(bytes.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel(std::string(Presets()[state.range(0)].name));
}
BENCHMARK(Step)
    ->ArgsProduct({{0, 1, 2, 3}, {256, 1024}, {0}})
    ->Args({1, 1024, 1})
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
  for (auto _ : state) {
    EngineFor(config.head_dim)
        .loss(layout, parameters.data(), {{}, tokens.size(), tokens}, false,
              1.0f, gradient.data(), workspace);
  }
  state.counters["GFLOP/s"] =
      benchmark::Counter(StepFlops(layout, tokens.size()) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel(std::string(Presets()[state.range(0)].name));
}
BENCHMARK(TokenStep)
    ->ArgsProduct({{1, 2}, {256, 2000, 20000}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Speed of the float table at the shapes of a small checkpoint. "ops" are
// multiplications and additions, two per weight and row.
//
// LENTIL_KERNELS chooses the target.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/fp_mode.h"
#include "kernels/aligned.h"
#include "kernels/kernels.h"
#include "kernels/test_random.h"

namespace lentil {
namespace {

const FloatKernels& Table() {
  static const Kernels* table = [] {
    Result<const Kernels*> chosen = DefaultKernels();
    if (chosen.ok()) return *chosen;
    std::fprintf(stderr, "%s\n", chosen.status().message().c_str());
    std::exit(2);
  }();
  return table->floats;
}

void ReportOps(benchmark::State& state, double ops) {
  state.counters["ops"] =
      benchmark::Counter(ops, benchmark::Counter::kIsIterationInvariantRate);
}

constexpr size_t kOutputs = 1536;
constexpr size_t kInputs = 576;

// Arguments: rows, type.
void BM_FloatLinear(benchmark::State& state) {
  const auto rows = static_cast<size_t>(state.range(0));
  const auto type = static_cast<FloatType>(state.range(1));
  AlignedArray<float> packed(kOutputs * kInputs), x(rows * kInputs),
      out(rows * kOutputs);
  for (auto _ : state) {
    Table().linear({.type = type,
                    .packed = packed.data(),
                    .n = kOutputs,
                    .k = kInputs,
                    .x = x.data(),
                    .x_stride = kInputs,
                    .rows = rows,
                    .out = out.data(),
                    .out_stride = kOutputs});
    benchmark::DoNotOptimize(out[0]);
  }
  ReportOps(state, 2.0 * kOutputs * kInputs * static_cast<double>(rows));
}
BENCHMARK(BM_FloatLinear)->ArgsProduct({{1, 8, 32}, {0, 1, 2}});

// Arguments: rows, bits.
void BM_CodeLinear(benchmark::State& state) {
  const auto rows = static_cast<size_t>(state.range(0));
  const CodeFormat format{32, static_cast<uint32_t>(state.range(1)), 8, true};
  AlignedBytes packed(kOutputs / kPanel * CodePanelBytes(format, kInputs));
  AlignedArray<int8_t> q(rows * kInputs);
  AlignedArray<float> scale(rows * kInputs / 32), out(rows * kOutputs);
  AlignedArray<int32_t> sum16(rows * kInputs / 16);
  for (auto _ : state) {
    Table().code_linear({.format = format,
                         .packed = packed.data(),
                         .n = kOutputs,
                         .k = kInputs,
                         .x = {q.data(), scale.data(), sum16.data()},
                         .rows = rows,
                         .out = out.data(),
                         .out_stride = kOutputs});
    benchmark::DoNotOptimize(out[0]);
  }
  ReportOps(state, 2.0 * kOutputs * kInputs * static_cast<double>(rows));
}
BENCHMARK(BM_CodeLinear)->ArgsProduct({{1, 8, 32}, {4, 8}});

// Arguments: queries, positions.
void BM_Attend(benchmark::State& state) {
  constexpr size_t kWidth = 64;
  const auto count = static_cast<size_t>(state.range(0));
  const auto positions = static_cast<uint32_t>(state.range(1));
  AlignedArray<float> keys(positions * kWidth), values(positions * kWidth),
      q(kWidth), out(count * kWidth), scratch(FloatAttendScratch(positions));
  std::vector<FloatQuery> queries;
  for (size_t i = 0; i < count; ++i) {
    queries.push_back(
        {q.data(), out.data() + i * kWidth, 0, positions - 1, 0.0f});
  }
  for (auto _ : state) {
    Table().attend({.keys = keys.data(),
                    .values = values.data(),
                    .head_width = kWidth,
                    .scale = 0.125f,
                    .cap = 0.0f,
                    .queries = queries,
                    .scratch = scratch.data()});
    benchmark::DoNotOptimize(out[0]);
  }
  ReportOps(state, 4.0 * kWidth * static_cast<double>(positions) *
                       static_cast<double>(count));
}
BENCHMARK(BM_Attend)->ArgsProduct({{3, 96}, {512}});

// Argument: tokens of the vocabulary.
void BM_TokenWeights(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  AlignedArray<float> logits(n);
  Random random(1);
  for (float& l : logits) l = random.Normal();
  std::vector<uint32_t> w(n), sums(n / kTokenBlock);
  for (auto _ : state) {
    Table().token_weights(logits.data(), n, w.data(), sums.data());
    benchmark::DoNotOptimize(sums[0]);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_TokenWeights)->Arg(49152);

void BM_Silu(benchmark::State& state) {
  AlignedArray<float> x(kOutputs), gate(kOutputs);
  for (auto _ : state) {
    Table().activate(Activation::kSilu, x.data(), gate.data(), kOutputs,
                     x.data());
    benchmark::DoNotOptimize(x[0]);
  }
  state.SetItemsProcessed(state.iterations() * kOutputs);
}
BENCHMARK(BM_Silu);

}  // namespace
}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Microseconds per byte and thread of coding one group of lanes, for the shapes
// of the shipped models. Weights are random: speed depends on them only through
// the zeros behind the squared ReLU.

#include <benchmark/benchmark.h>

#include <random>

#include "codec/model_frame.h"
#include "model/selftest.h"

namespace lentil {
namespace {

constexpr uint32_t kLength = 1500;  // of a lane: most of it with full windows

const DecoderConfig kNano = {.d_model = 64,
                             .heads = 2,
                             .kv_heads = 1,
                             .head_dim = 32,
                             .d_mlp = 256,
                             .inputs = LastBytes(5),
                             .windows = {64, 64, 128, 256}};
const DecoderConfig kSmall = {.d_model = 128,
                              .heads = 4,
                              .kv_heads = 1,
                              .head_dim = 32,
                              .d_mlp = 512,
                              .inputs = LastBytes(7),
                              .windows = {64, 64, 256, 128}};

void Run(benchmark::State& state, const DecoderConfig& config, bool decode) {
  const auto file = WriteNative(RandomModel(config, 1));
  const ModelFrameCoder coder(*Model::Parse(*file));
  const auto lanes = static_cast<uint32_t>(state.range(0));
  std::vector<uint8_t> raw(size_t{lanes} * kLength);
  std::mt19937 random(1);
  for (uint8_t& byte : raw) byte = static_cast<uint8_t>(random() % 100);
  const FrameContext context = FrameContext{};
  std::vector<uint8_t> payload;
  Status status = coder.EncodeWith(raw, {lanes, lanes}, context, &payload);
  for (auto _ : state) {
    if (decode) {
      status = coder.Decode(payload, context, raw);
    } else {
      payload.clear();
      status = coder.EncodeWith(raw, {lanes, lanes}, context, &payload);
    }
    if (!status.ok()) state.SkipWithError(status.message().c_str());
  }
  state.counters["us_per_byte"] =
      benchmark::Counter(1e-6 * static_cast<double>(raw.size()),
                         benchmark::Counter::kIsIterationInvariantRate |
                             benchmark::Counter::kInvert);
  state.SetLabel(coder.model().kernels().name);
}

void BM_DecodeNano(benchmark::State& state) { Run(state, kNano, true); }
void BM_EncodeNano(benchmark::State& state) { Run(state, kNano, false); }
void BM_DecodeSmall(benchmark::State& state) { Run(state, kSmall, true); }
void BM_EncodeSmall(benchmark::State& state) { Run(state, kSmall, false); }

BENCHMARK(BM_DecodeNano)
    ->Arg(1)
    ->Arg(16)
    ->Arg(32)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_EncodeNano)->Arg(1)->Arg(16)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_DecodeSmall)
    ->Arg(1)
    ->Arg(16)
    ->Arg(32)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_EncodeSmall)->Arg(1)->Arg(16)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lentil

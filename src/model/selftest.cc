// SPDX-License-Identifier: Apache-2.0
// The random model and the run whose hash names a numerics version.

#include "model/selftest.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/endian.h"
#include "base/fp_mode.h"
#include "base/hash.h"
#include "base/split_mix.h"
#include "model/decoder.h"

namespace lentil {

const uint64_t kSelftestHash = 0xd0c3733f7bedf177;

namespace {

// Every bit of the state is used, nothing is rounded.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() { return SplitMix64(&state_); }
  uint32_t Below(uint32_t n) {
    return static_cast<uint32_t>((Next() >> 32) * n >> 32);
  }
  // An int8 weight: a sum of uniform numbers, bell-shaped, in [−127, 127].
  int8_t Weight() {
    const uint32_t sum = Below(64) + Below(64) + Below(64) + Below(64);
    return static_cast<int8_t>(static_cast<int>(sum) - 126);
  }
  // unit × (1/2 … 3/2), exact for a unit that is a power of two.
  float Scale(float unit) {
    return unit * (static_cast<float>(32768 + Below(65536)) / 65536.0f);
  }

 private:
  uint64_t state_;
};

// The power of two near 1 ÷ (37 √n): weights have a deviation of about 37, so
// that outputs are about as large as inputs.
float UnitFor(uint32_t n) {
  float unit = 1.0f / 32;
  for (; n >= 4; n /= 4) unit /= 2;
  return unit;
}

void Fill(QuantizedMatrix& matrix, float gain, Random& random) {
  for (int8_t& weight : matrix.weight) weight = random.Weight();
  const float unit = gain * UnitFor(matrix.cols);
  for (float& scale : matrix.scale) scale = random.Scale(unit);
}

// The same matrix, nearly, with weights of at most kNarrowWeight.
void Narrow(QuantizedMatrix& matrix) {
  for (int8_t& weight : matrix.weight) weight /= 4;
  for (float& scale : matrix.scale) scale *= 4;
}

}  // namespace

NativeModel RandomModel(const DecoderConfig& config, uint64_t seed) {
  Random random(seed);
  NativeModel model = ZeroModel(config);
  model.name = "random";
  for (int8_t& weight : model.embed) weight = random.Weight();
  for (float& scale : model.embed_scale) scale = random.Scale(1.0f / 64);
  for (uint32_t& step : model.rotary_step) {
    step = static_cast<uint32_t>(random.Next() >> (32 + random.Below(24)));
  }
  for (NativeBlock& block : model.blocks) {
    Fill(block.qkv, 1.0f, random);
    Fill(block.out, 0.5f, random);
    Fill(block.up, 1.0f, random);
    Fill(block.down, 0.5f, random);
    for (float& c : block.temperature) c = random.Scale(1.0f / 1024);
    for (int32_t& sink : block.sink) {
      sink = static_cast<int32_t>(random.Below(16384)) - 8192;
    }
  }
  Fill(model.unembed, 2.0f, random);
  for (QuantizedMatrix* matrix :
       {&model.blocks.back().qkv, &model.blocks.back().out,
        &model.blocks.back().up, &model.blocks.back().down}) {
    Narrow(*matrix);
  }
  return model;
}

Result<uint64_t> RunSelftest(const Kernels& kernels) {
  constexpr uint32_t kLanes = 3;
  constexpr uint32_t kLength = 150;  // beyond the longest ring
  const DecoderConfig config = {.d_model = 48,
                                .heads = 4,
                                .kv_heads = 2,
                                .head_dim = 16,
                                .d_mlp = 144,
                                .inputs = LastBytes(3),
                                .windows = {7, 64, 33}};
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> file,
                          WriteNative(RandomModel(config, 1)));
  LENTIL_ASSIGN_OR_RETURN(std::shared_ptr<const Model> model,
                          Model::Parse(file, &kernels));
  Random random(2);
  std::vector<uint8_t> text(kLanes * kLength);
  for (uint8_t& byte : text) byte = static_cast<uint8_t>(random.Next());

  const ScopedFpMode fp_mode;
  Decoder decoder(std::move(model), kLanes);
  StreamHash hash;
  std::vector<DecoderRow> rows(kLanes);
  std::vector<FrequencyTable> tables(kLanes);
  for (uint32_t t = 0; t < kLength; ++t) {
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
      rows[lane] = {lane, t, text.data() + lane * kLength};
    }
    decoder.Forward(rows, tables.data());
    for (const FrequencyTable& table : tables) {
      uint8_t bytes[sizeof(table.frequency)];
      for (size_t i = 0; i < 256; ++i) {
        StoreLe(table.frequency[i], bytes + 4 * i);
      }
      hash.Update(bytes);
    }
  }
  return hash.Digest();
}

}  // namespace lentil

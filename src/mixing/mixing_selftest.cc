// SPDX-License-Identifier: Apache-2.0
#include "mixing/mixing_selftest.h"

#include <vector>

#include "base/endian.h"
#include "base/hash.h"
#include "mixing/context_mixer.h"

namespace lentil {
namespace {

constexpr uint32_t kLanes = 3;
constexpr size_t kLaneSize = 1000;

class Random {
 public:
  uint32_t Byte() {
    state_ = state_ * 1664525 + 1013904223;
    return state_ >> 24;
  }

 private:
  uint32_t state_ = 5;
};

// Rows of words and numbers: repeats, columns and surprises.
std::vector<uint8_t> Lines(Random& random) {
  static constexpr const char* kWords[] = {
      "lentil", "seed", "the", "of", "round", "lens", "\xC3\xA9t\xC3\xA9"};
  std::vector<uint8_t> text;
  while (text.size() < kLanes * kLaneSize) {
    for (const char* c = kWords[random.Byte() % 7]; *c != 0; ++c) {
      text.push_back(static_cast<uint8_t>(*c));
    }
    text.push_back(random.Byte() < 60 ? '\n' : ' ');
    if (random.Byte() < 40) text.push_back(static_cast<uint8_t>(random.Byte()));
  }
  text.resize(kLanes * kLaneSize);
  return text;
}

// Some distribution over bytes.
FrequencyTable Distribution(Random& random) {
  FrequencyTable table;
  uint32_t rest = 1u << kTotalBits;
  for (uint32_t s = 0; s < 256; ++s) {
    if (s % 16 == 0) table.block[s / 16] = (1u << kTotalBits) - rest;
    const uint32_t spare = rest - (255 - s);
    const bool likely = random.Byte() < 3;
    table.frequency[s] =
        s == 255 ? rest : 1 + (likely ? spare / 2 : spare >> 9);
    rest -= table.frequency[s];
  }
  return table;
}

// Of lanes that take turns.
void AddPredictions(const Kernels& kernels, Layout layout, StreamHash* hash) {
  Random random;
  const std::vector<uint8_t> text = Lines(random);
  std::vector<const uint8_t*> lanes;
  for (uint32_t i = 0; i < kLanes; ++i) lanes.push_back(&text[i * kLaneSize]);
  ContextMixer mixer(kernels, lanes, 12, layout);
  for (size_t t = 0; t < kLaneSize; ++t) {
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
      const FrequencyTable table = Distribution(random);
      mixer.BeginByte(lane, &table);
      for (int i = 7; i >= 0; --i) {
        uint8_t p[4];
        StoreLe(mixer.Predict(), p);
        hash->Update(p);
        mixer.Update((lanes[lane][t] >> i & 1) != 0);
      }
    }
  }
}

}  // namespace

const uint64_t kMixingHash = 0xcbfdcf896c286a55;

uint64_t RunMixingSelftest(const Kernels& kernels) {
  using enum Layout::Kind;
  StreamHash hash;
  for (const Layout layout :
       {Layout{kText, 0}, Layout{kFields, 5}, Layout{kSamples, 300}}) {
    AddPredictions(kernels, layout, &hash);
  }
  return hash.Digest();
}

}  // namespace lentil

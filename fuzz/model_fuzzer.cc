// SPDX-License-Identifier: Apache-2.0
// Model files from outside: reading never crashes, and a model that is accepted
// runs, whatever its weights and scales.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/fp_mode.h"
#include "model/decoder.h"
#include "model/model.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lentil;
  constexpr uint32_t kSteps = 4;
  constexpr size_t kMaxMemory = 16u << 20;
  const auto model = Model::Parse({data, size});
  if (!model.ok()) return 0;
  if (Decoder::MemoryBytes(**model, 1, 1) > kMaxMemory) return 0;
  const ScopedFpMode fp_mode;
  Decoder decoder(*model, 1);
  const uint8_t text[kSteps] = {0, 255, 'a', 'a'};
  for (uint32_t t = 0; t < kSteps; ++t) {
    const DecoderRow row = {0, t, text};
    FrequencyTable table;
    decoder.Forward({&row, 1}, &table);
    uint64_t sum = 0;
    for (uint32_t frequency : table.frequency) {
      if (frequency == 0) std::abort();
      sum += frequency;
    }
    if (sum != uint64_t{1} << kTotalBits) std::abort();
  }
  return 0;
}

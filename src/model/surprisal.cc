// SPDX-License-Identifier: Apache-2.0
// What a model's predictions cost, byte by byte.

#include "model/surprisal.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

namespace lentil {

void AddSurprisals(std::span<const uint8_t> text, Decoder* decoder,
                   std::span<uint64_t> surprisals) {
  assert(text.size() == surprisals.size());
  decoder->Reset();
  std::vector<DecoderRow> rows;
  std::vector<FrequencyTable> tables(kMaxBatch);
  for (size_t begin = 0; begin < text.size(); begin += kMaxBatch) {
    const size_t end = std::min(begin + kMaxBatch, text.size());
    rows.clear();
    for (size_t t = begin; t < end; ++t) {
      rows.push_back({0, static_cast<uint32_t>(t), text.data()});
    }
    decoder->Forward(rows, tables.data());
    for (size_t t = begin; t < end; ++t) {
      const uint32_t frequency = tables[t - begin].frequency[text[t]];
      const double bits =
          kTotalBits - std::log2(static_cast<double>(frequency));
      surprisals[t] +=
          static_cast<uint64_t>(std::llround(bits / kSurprisalUnit));
    }
  }
}

}  // namespace lentil

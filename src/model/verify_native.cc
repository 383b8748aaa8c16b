// SPDX-License-Identifier: Apache-2.0

#include "model/verify_native.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/fp_mode.h"
#include "base/hash.h"
#include "kernels/kernels.h"
#include "model/decoder.h"
#include "model/model.h"

namespace lentil {
namespace {

constexpr std::string_view kText = "It was a bright\n\xff cold day in April";

// Frequencies of each byte of the text, `step` at a time.
std::vector<FrequencyTable> Predict(const std::shared_ptr<const Model>& model,
                                    uint32_t step) {
  const auto* text = reinterpret_cast<const uint8_t*>(kText.data());
  const auto count = static_cast<uint32_t>(kText.size());
  Decoder decoder(model, 1, step);
  std::vector<FrequencyTable> tables(count);
  for (uint32_t begin = 0; begin < count; begin += step) {
    std::vector<DecoderRow> rows;
    for (uint32_t i = begin; i < std::min(begin + step, count); ++i) {
      rows.push_back({0, i, text});
    }
    decoder.Forward(rows, &tables[begin]);
  }
  return tables;
}

}  // namespace

Status VerifyNative(std::span<const uint8_t> file,
                    std::vector<std::string>* passed) {
  const ScopedFpMode mode;
  std::vector<FrequencyTable> first;
  std::string names;
  for (const Kernels* kernels : AvailableKernels()) {
    LENTIL_ASSIGN_OR_RETURN(const std::shared_ptr<const Model> model,
                            Model::Parse(file, kernels));
    if (first.empty()) {
      passed->push_back("read whole, hash " + HashText(model->hash()));
    }
    constexpr uint32_t kStep = 8;
    for (const uint32_t step : {kStep, 1u}) {
      const std::vector<FrequencyTable> tables = Predict(model, step);
      if (first.empty()) first = tables;
      if (std::memcmp(first.data(), tables.data(),
                      first.size() * sizeof(FrequencyTable)) != 0) {
        return {Code::kInternal, "frequencies differ on " +
                                     std::string(kernels->name) +
                                     (step == 1 ? ", byte by byte" : "")};
      }
    }
    names += (names.empty() ? "" : ", ") + std::string(kernels->name);
  }
  passed->push_back("the same frequencies at once and byte by byte, on " +
                    names);
  return Status();
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
#include "codec/group_model.h"

#include "base/fp_mode.h"

namespace lentil {
namespace {

constexpr uint32_t kLanesPerDecoder = 16;  // rows that fill its products

}  // namespace

GroupModel::GroupModel(const std::shared_ptr<const Model>& model,
                       uint32_t lanes) {
  const uint32_t count = (lanes + kLanesPerDecoder - 1) / kLanesPerDecoder;
  parts_.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t begin = lanes * i / count;
    parts_.emplace_back(model, begin, lanes * (i + 1) / count - begin);
  }
}

void GroupModel::Predict(std::span<const Lane> lanes, const uint8_t* raw,
                         uint32_t begin, uint32_t end,
                         const FrameContext& context) {
  const auto run = [&](size_t i) {
    const ScopedFpMode fp_mode;
    parts_[i].Predict(lanes, raw, begin, end);
  };
  if (parts_.size() > 1 && context.parallel_for) {
    return context.parallel_for(parts_.size(), run);
  }
  for (size_t i = 0; i < parts_.size(); ++i) run(i);
}

void GroupModel::Part::Predict(std::span<const Lane> lanes, const uint8_t* raw,
                               uint32_t begin, uint32_t end) {
  rows.clear();
  for (uint32_t t = begin; t < end; ++t) {
    for (uint32_t i = 0; i < decoder.lanes(); ++i) {
      const Lane& lane = lanes[first_lane + i];
      if (t < lane.size) rows.push_back({i, t, raw + lane.begin});
    }
  }
  if (tables.size() < rows.size()) tables.resize(rows.size());
  decoder.Forward(rows, tables.data());
}

}  // namespace lentil

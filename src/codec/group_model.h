// SPDX-License-Identifier: Apache-2.0
// The model's part in coding a group of lanes.

#ifndef LENTIL_CODEC_GROUP_MODEL_H_
#define LENTIL_CODEC_GROUP_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codec/frame_coder.h"
#include "kernels/kernels.h"
#include "model/decoder.h"
#include "model/model.h"

namespace lentil {

// A slice of the frame.
struct Lane {
  size_t begin = 0;
  uint32_t size = 0;
};

// Deals the lanes out to decoders, so that threads can share a step; no result
// depends on how. Longer lanes must come first.
class GroupModel {
 public:
  GroupModel(const std::shared_ptr<const Model>& model, uint32_t lanes);

  // Makes the tables of positions begin … end − 1 of all lanes that reach so
  // far; what stands before in `raw` must be known.
  void Predict(std::span<const Lane> lanes, const uint8_t* raw, uint32_t begin,
               uint32_t end, const FrameContext& context);

  // Calls visit(lane, position, table) for these, by position, then lane.
  template <class Visit>
  void ForEach(uint32_t begin, uint32_t end, Visit visit) {
    for (Part& part : parts_) part.next = 0;
    for (uint32_t t = begin; t < end; ++t) {
      for (Part& part : parts_) {
        for (;
             part.next < part.rows.size() && part.rows[part.next].position == t;
             ++part.next) {
          visit(part.first_lane + part.rows[part.next].lane, t,
                &part.tables[part.next]);
        }
      }
    }
  }

 private:
  struct Part {
    Part(const std::shared_ptr<const Model>& model, uint32_t first,
         uint32_t count)
        : first_lane(first), decoder(model, count) {}
    void Predict(std::span<const Lane> lanes, const uint8_t* raw,
                 uint32_t begin, uint32_t end);

    uint32_t first_lane;
    Decoder decoder;
    std::vector<DecoderRow> rows;
    std::vector<FrequencyTable> tables;
    size_t next = 0;  // row, in ForEach
  };

  std::vector<Part> parts_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_GROUP_MODEL_H_

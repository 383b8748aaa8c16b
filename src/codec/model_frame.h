// SPDX-License-Identifier: Apache-2.0
// A frame coded with a transformer and experts: lanes, groups, and the one
// symbol loop.
//
// A frame is cut into lanes, contiguous slices that the model reads side by
// side; each starts afresh. Lanes form groups. A group has its experts and one
// range-coder stream, in which symbols stand in order of position, then lane.
// Threads share out groups, and the model's work within a group.
// docs/format.md, "Model frames", has the bytes.

#ifndef LENTIL_CODEC_MODEL_FRAME_H_
#define LENTIL_CODEC_MODEL_FRAME_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "model/model.h"

namespace lentil {

// Stored with the frame, so an encoder may choose as it likes within the
// limits.
struct ModelFrameParameters {
  static constexpr uint32_t kMaxLanes = 1024;
  static constexpr uint32_t kMaxLanesPerGroup = 32;

  uint32_t lanes = 1;
  uint32_t lanes_per_group = 1;  // the last group may have fewer
  uint32_t table_bits = 0;       // of the experts; 0 = the model alone

  uint32_t groups() const {
    return (lanes + lanes_per_group - 1) / lanes_per_group;
  }
};

// The encoder's choice. More lanes are faster, fewer are smaller.
ModelFrameParameters ChooseParameters(uint64_t raw_size);

class ModelFrameCoder final : public FrameCoder {
 public:
  explicit ModelFrameCoder(std::shared_ptr<const Model> model);

  uint32_t numerics_version() const override;
  uint64_t model_hash() const override;
  uint64_t WorkingMemory(uint64_t raw_size, int threads) const override;

  Status Encode(std::span<const uint8_t> raw, const FrameContext& context,
                std::vector<uint8_t>* payload) const override;
  Status Decode(std::span<const uint8_t> payload, const FrameContext& context,
                std::span<uint8_t> raw) const override;

  // Encode with the caller's parameters: lanes ≤ max(1, raw.size()).
  Status EncodeWith(std::span<const uint8_t> raw,
                    ModelFrameParameters parameters,
                    const FrameContext& context,
                    std::vector<uint8_t>* payload) const;

  // One lane without parameters or experts, for small buffers: appends the
  // stream alone.
  Status EncodeRecord(std::span<const uint8_t> raw,
                      std::vector<uint8_t>* payload) const;
  Status DecodeRecord(std::span<const uint8_t> payload,
                      std::span<uint8_t> raw) const;

  const Model& model() const { return *model_; }

 private:
  std::shared_ptr<const Model> model_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_MODEL_FRAME_H_

// SPDX-License-Identifier: Apache-2.0
// Frames and records that a model codes, with context models in frames.

#ifndef LENTIL_CODEC_MODEL_FRAME_H_
#define LENTIL_CODEC_MODEL_FRAME_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "codec/lane_frame.h"
#include "model/model.h"

namespace lentil {

class ModelFrameCoder final : public ModelCoder {
 public:
  explicit ModelFrameCoder(std::shared_ptr<const Model> model);

  uint32_t numerics_version() const override;
  uint64_t model_hash() const override;
  uint64_t EncodeMemory(uint64_t raw_size, const LaneLimits& limits,
                        int threads) const override;
  uint64_t DecodeMemory(uint64_t raw_size, std::span<const uint8_t> payload,
                        int threads) const override;

  Status Encode(std::span<const uint8_t> raw, const LaneLimits& limits,
                const FrameContext& context,
                std::vector<uint8_t>* payload) const override;
  Status Decode(std::span<const uint8_t> payload, const FrameContext& context,
                std::span<uint8_t> raw) const override;

  // Encode with the caller's parameters.
  Status EncodeWith(std::span<const uint8_t> raw,
                    const LaneParameters& parameters,
                    const FrameContext& context,
                    std::vector<uint8_t>* payload) const;

  // The code is the stream alone.
  Status EncodeRecord(std::span<const uint8_t> raw,
                      std::vector<uint8_t>* code) const override;
  Status DecodeRecord(std::span<const uint8_t> code,
                      std::span<uint8_t> raw) const override;

  const Model& model() const { return *model_; }
  const std::shared_ptr<const Model>& shared_model() const { return model_; }

 private:
  std::shared_ptr<const Model> model_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_MODEL_FRAME_H_

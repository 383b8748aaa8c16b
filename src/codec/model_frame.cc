// SPDX-License-Identifier: Apache-2.0
#include "codec/model_frame.h"

#include <utility>

#include "codec/record_lanes.h"
#include "kernels/kernels.h"

namespace lentil {

ModelFrameCoder::ModelFrameCoder(std::shared_ptr<const Model> model)
    : model_(std::move(model)) {}

uint32_t ModelFrameCoder::numerics_version() const { return kNumericsVersion; }

uint64_t ModelFrameCoder::model_hash() const { return model_->hash(); }

uint64_t ModelFrameCoder::EncodeMemory(uint64_t raw_size,
                                       const LaneLimits& limits,
                                       int threads) const {
  return LaneMemory(ChooseParameters(raw_size, limits), model_.get(), raw_size,
                    threads);
}

uint64_t ModelFrameCoder::DecodeMemory(uint64_t raw_size,
                                       std::span<const uint8_t> payload,
                                       int threads) const {
  return LaneMemory(PeekParameters(payload, raw_size), model_.get(), raw_size,
                    threads);
}

Status ModelFrameCoder::Encode(std::span<const uint8_t> raw,
                               const LaneLimits& limits,
                               const FrameContext& context,
                               std::vector<uint8_t>* payload) const {
  return EncodeWith(raw, ChooseParameters(raw.size(), limits), context,
                    payload);
}

Status ModelFrameCoder::EncodeWith(std::span<const uint8_t> raw,
                                   const LaneParameters& parameters,
                                   const FrameContext& context,
                                   std::vector<uint8_t>* payload) const {
  return EncodeLanes(raw, parameters, model_, context, payload);
}

Status ModelFrameCoder::Decode(std::span<const uint8_t> payload,
                               const FrameContext& context,
                               std::span<uint8_t> raw) const {
  return DecodeLanes(payload, model_, context, raw);
}

Status ModelFrameCoder::EncodeRecord(std::span<const uint8_t> raw,
                                     std::vector<uint8_t>* code) const {
  return EncodeOneLane(raw, model_, code);
}

Status ModelFrameCoder::DecodeRecord(std::span<const uint8_t> code,
                                     std::span<uint8_t> raw) const {
  return DecodeOneLane(code, model_, raw);
}

}  // namespace lentil

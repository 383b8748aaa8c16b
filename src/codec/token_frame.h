// SPDX-License-Identifier: Apache-2.0
// Frames that a checkpoint of other origin codes, token by token.

#ifndef LENTIL_CODEC_TOKEN_FRAME_H_
#define LENTIL_CODEC_TOKEN_FRAME_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "codec/token_lanes.h"
#include "model/imported/language_model.h"

namespace lentil {

class TokenFrameCoder final : public ModelCoder {
 public:
  explicit TokenFrameCoder(std::shared_ptr<const LanguageModel> model);

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

  // The code is the number of symbols and the stream.
  Status EncodeRecord(std::span<const uint8_t> raw,
                      std::vector<uint8_t>* code) const override;
  Status DecodeRecord(std::span<const uint8_t> code,
                      std::span<uint8_t> raw) const override;

  const LanguageModel& model() const { return *model_; }

 private:
  std::vector<uint32_t> SymbolsOf(std::span<const uint8_t> raw) const;
  Status DecodeStreams(const TokenParameters& parameters,
                       std::span<const std::span<const uint8_t>> streams,
                       const FrameContext& context,
                       std::span<uint8_t> raw) const;

  std::shared_ptr<const LanguageModel> model_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_TOKEN_FRAME_H_

// SPDX-License-Identifier: Apache-2.0
// Symbols of a language model in lanes that are coded side by side, each with a
// context that slides.
//
// A lane is read from its start token on. Where its context is full it starts
// afresh with the start token and the last `kept` symbols, so that each symbol
// is predicted from at least those. docs/format.md, "Token frames".

#ifndef LENTIL_CODEC_TOKEN_LANES_H_
#define LENTIL_CODEC_TOKEN_LANES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "model/imported/language_model.h"

namespace lentil {

// Stored with the frame.
struct TokenParameters {
  static constexpr uint32_t kMaxLanes = 256;
  static constexpr uint32_t kMaxLanesPerGroup = 16;

  uint32_t symbols = 0;
  uint32_t lanes = 1;
  uint32_t lanes_per_group = 1;  // the last group may have fewer
  uint32_t context = 0;          // positions
  uint32_t kept = 0;             // < context − 1
  uint32_t table_bits = 0;       // of the context models; 0 = the model alone

  uint32_t groups() const {
    return (lanes + lanes_per_group - 1) / lanes_per_group;
  }
  bool operator==(const TokenParameters&) const = default;
};

// The encoder's choice for `symbols` symbols of `model`.
TokenParameters ChooseTokenParameters(const LanguageModel& model,
                                      uint32_t symbols,
                                      const LaneLimits& limits);

// Whether a frame may have them.
bool IsAllowed(const TokenParameters& parameters, const LanguageModel& model);

void AppendTokenParameters(const TokenParameters& parameters,
                           std::vector<uint8_t>* payload);
Result<TokenParameters> ReadTokenParameters(std::span<const uint8_t> payload,
                                            size_t* at);

// Appends a stream for each group, or fills `symbols` from them. Lane i has the
// symbols from i × n ÷ lanes on, n = symbols.size(). All of them together have
// at most raw_size + 1 bytes, and each a byte at least.
Status EncodeTokens(const LanguageModel& model,
                    const TokenParameters& parameters,
                    std::span<const uint32_t> symbols, uint64_t raw_size,
                    const FrameContext& context,
                    std::vector<std::vector<uint8_t>>* streams);
Status DecodeTokens(const LanguageModel& model,
                    const TokenParameters& parameters,
                    std::span<const std::span<const uint8_t>> streams,
                    uint64_t raw_size, const FrameContext& context,
                    std::span<uint32_t> symbols);

// kCorrupt if a group has more symbols than its stream can hold. To be asked
// before anything is allocated for them.
Status CheckTokenStreams(const LanguageModel& model,
                         const TokenParameters& parameters,
                         std::span<const std::span<const uint8_t>> streams);

// Bytes that coding takes on `threads` threads.
uint64_t TokenMemory(const LanguageModel& model,
                     const TokenParameters& parameters, uint64_t raw_size,
                     int threads);

}  // namespace lentil

#endif  // LENTIL_CODEC_TOKEN_LANES_H_

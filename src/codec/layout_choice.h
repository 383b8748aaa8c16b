// SPDX-License-Identifier: Apache-2.0
// How context models see a frame that is not text.

#ifndef LENTIL_CODEC_LAYOUT_CHOICE_H_
#define LENTIL_CODEC_LAYOUT_CHOICE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "codec/frame_coder.h"
#include "mixing/layout.h"

namespace lentil {

struct LayoutChoice {
  bool is_text = true;  // a model may know it
  Layout layout;
  bool x86_calls = false;
};

// What context models code a piece of `raw` smallest with. Free for what looks
// like text; else about 0.1 s for the period and some trials on 48 KB each.
// kCancelled.
Result<LayoutChoice> ChooseLayout(std::span<const uint8_t> raw,
                                  const FrameContext& context);

// Appends the payload of a mixing frame of one lane, which tables of up to
// 2^table_bits buckets serve.
Status EncodeByMixing(std::span<const uint8_t> raw, const LayoutChoice& choice,
                      int table_bits, const FrameContext& context,
                      std::vector<uint8_t>* payload);

// Bytes that it needs on top of raw and payload.
uint64_t MixingMemory(uint64_t raw_size, int table_bits);

}  // namespace lentil

#endif  // LENTIL_CODEC_LAYOUT_CHOICE_H_

// SPDX-License-Identifier: Apache-2.0
#include "codec/layout_choice.h"

#include <algorithm>
#include <vector>

#include "codec/lane_frame.h"
#include "data/period.h"
#include "data/x86_calls.h"

namespace lentil {
namespace {

constexpr size_t kFewest = 4096;  // bytes, else it does not matter
constexpr size_t kPiece = 48 << 10;
constexpr int kTrialTableBits = 18;
constexpr uint32_t kWord = 4;  // bytes, what programs are aligned to

// No more than a few control characters, and few bytes above ASCII unless they
// make UTF-8.
bool LooksLikeText(std::span<const uint8_t> raw) {
  size_t control = 0;
  size_t high = 0;
  size_t outside_utf8 = 0;
  int following = 0;  // bytes of a sequence that are still to come
  for (const uint8_t c : raw) {
    const bool is_following = (c & 0xc0) == 0x80;
    outside_utf8 += is_following != (following > 0);
    following = is_following ? std::max(following - 1, 0)
                : c >= 0xf0  ? 3
                : c >= 0xe0  ? 2
                : c >= 0xc0  ? 1
                             : 0;
    high += c >= 128;
    control += c < 32 && (c < 9 || c > 13);
  }
  return control <= raw.size() / 64 &&
         (high <= raw.size() / 8 || outside_utf8 <= raw.size() / 64);
}

// Bytes that context models make of the piece.
Result<size_t> Try(std::span<const uint8_t> piece, const LayoutChoice& choice,
                   const FrameContext& context) {
  FrameContext quiet = context;  // a trial is no progress
  quiet.bytes_done = nullptr;
  quiet.code_bytes = nullptr;
  std::vector<uint8_t> coded;
  LENTIL_RETURN_IF_ERROR(
      EncodeByMixing(piece, choice, kTrialTableBits, quiet, &coded));
  return coded.size();
}

std::vector<Layout> Candidates(std::span<const uint8_t> raw) {
  using enum Layout::Kind;
  const uint32_t field = FindPeriod(raw, 1, kLongestField).bytes;
  const uint32_t row = FindPeriod(raw, kLongestField + 1, kMaxPeriod).bytes;
  std::vector<Layout> layouts = {{kFields, kWord}};
  for (const uint32_t period : {field, row}) {
    if (period == 0) continue;
    if (period != kWord) layouts.push_back({kFields, period});
    layouts.push_back({kSamples, period});
  }
  return layouts;
}

LaneParameters OneLane(uint64_t raw_size, int table_bits) {
  return ChooseParameters(raw_size, {.lanes = 1, .table_bits = table_bits});
}

}  // namespace

Status EncodeByMixing(std::span<const uint8_t> raw, const LayoutChoice& choice,
                      int table_bits, const FrameContext& context,
                      std::vector<uint8_t>* payload) {
  LaneParameters parameters = OneLane(raw.size(), table_bits);
  parameters.layout = choice.layout;
  parameters.x86_calls = choice.x86_calls;
  return EncodeLanes(raw, parameters, nullptr, context, payload);
}

uint64_t MixingMemory(uint64_t raw_size, int table_bits) {
  LaneParameters parameters = OneLane(raw_size, table_bits);
  parameters.x86_calls = true;  // what needs most
  return LaneMemory(parameters, nullptr, raw_size, 1);
}

Result<LayoutChoice> ChooseLayout(std::span<const uint8_t> raw,
                                  const FrameContext& context) {
  LayoutChoice best;
  if (raw.size() < kFewest || LooksLikeText(raw)) return best;
  best.is_text = false;
  best.x86_calls = HasX86Calls(raw);
  const size_t size = std::min(kPiece, raw.size() / 2);
  const auto piece = raw.subspan((raw.size() - size) / 2, size);
  LENTIL_ASSIGN_OR_RETURN(size_t least, Try(piece, best, context));
  for (const Layout& layout : Candidates(raw)) {
    LayoutChoice choice = best;
    choice.layout = layout;
    LENTIL_ASSIGN_OR_RETURN(const size_t coded, Try(piece, choice, context));
    if (coded >= least) continue;
    least = coded;
    best = choice;
  }
  return best;
}

}  // namespace lentil

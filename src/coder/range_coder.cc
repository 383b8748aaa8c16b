// SPDX-License-Identifier: Apache-2.0
// The rare parts of the range coder: carries, the end, and the final check.

#include "coder/range_coder.h"

namespace lentil {

// A run of 0xff turns to zeros once per carry, so the walk is short on average.
// It cannot leave our bytes: the stream is a fraction below one.
void RangeEncoder::Carry() {
  for (size_t i = out_->size(); i > start_;) {
    if (++(*out_)[--i] != 0) return;
  }
  assert(false);
}

// Of all numbers in [low, low + range) takes one with the fewest leading bytes
// that are not implied zeros.
void RangeEncoder::Finish() {
  for (int bytes = 0;; ++bytes) {
    const uint64_t rest = bytes == 8 ? 0 : ~uint64_t{0} >> (8 * bytes);
    const uint64_t up = (0 - low_) & rest;  // to the next multiple of rest + 1
    if (up >= range_) continue;
    Add(up);
    for (int i = 0; i < bytes; ++i) {
      out_->push_back(static_cast<uint8_t>(low_ >> (56 - 8 * i)));
    }
    return;
  }
}

// The decoder is 8 bytes ahead of those the encoder had pushed out before its
// end, and the end has 0 to 8 bytes.
Status RangeDecoder::Finish() const {
  if (is_corrupt_) return Status(Code::kCorrupt, "impossible code value");
  if (at_ > bytes_.size() + 8) {
    return Status(Code::kCorrupt, "range coder data end early");
  }
  if (at_ < bytes_.size()) {
    return Status(Code::kCorrupt, "range coder data go on behind their end");
  }
  return Status();
}

}  // namespace lentil

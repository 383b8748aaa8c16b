// SPDX-License-Identifier: Apache-2.0
// The range coder: integer frequencies in, bytes out, and back. docs/format.md,
// "Range coder", is its specification.
//
// Both sides keep a 64-bit range of at least 2^56 between symbols, so that the
// division by a total of 2^24 loses less than 2^-32 of it. The encoder's `low`
// carries into bytes already written. The end takes the fewest bytes that still
// tell the stream: behind them the decoder reads zeros.

#ifndef LENTIL_CODER_RANGE_CODER_H_
#define LENTIL_CODER_RANGE_CODER_H_

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace lentil {

inline constexpr int kMaxTotalBits = 32;     // symbols: total = 2^total_bits
inline constexpr int kProbabilityBits = 16;  // bits: P(1) = p / 2^16

// Appends to `out`, which must outlive it. Nothing else may write there until
// Finish.
class RangeEncoder {
 public:
  explicit RangeEncoder(std::vector<uint8_t>* out)
      : out_(out), start_(out->size()) {}

  // One symbol that owns [cum, cum + freq) of 2^total_bits. freq >= 1 and
  // cum + freq <= 2^total_bits, 1 <= total_bits <= 32.
  void Encode(uint32_t cum, uint32_t freq, int total_bits) {
    assert(total_bits >= 1 && total_bits <= kMaxTotalBits && freq >= 1);
    assert(uint64_t{cum} + freq <= uint64_t{1} << total_bits);
    const uint64_t unit = range_ >> total_bits;
    Add(unit * cum);
    range_ = unit * freq;
    Normalize();
  }

  // One bit that is 1 with probability p1 / 2^16, 0 < p1 < 2^16.
  void EncodeBit(bool bit, uint32_t p1) {
    assert(p1 > 0 && p1 < 1u << kProbabilityBits);
    const uint64_t bound = (range_ >> kProbabilityBits) * p1;
    if (bit) {
      range_ = bound;
    } else {
      Add(bound);
      range_ -= bound;
    }
    Normalize();
  }

  // Appends the last bytes, 0 to 8 of them. Call once, at the end.
  void Finish();

 private:
  void Add(uint64_t offset) {
    low_ += offset;
    if (low_ < offset) Carry();
  }

  void Normalize() {
    for (int bytes = std::countl_zero(range_) / 8; bytes > 0; --bytes) {
      out_->push_back(static_cast<uint8_t>(low_ >> 56));
      low_ <<= 8;
      range_ <<= 8;
    }
  }

  void Carry();  // adds one to the last byte written

  std::vector<uint8_t>* out_;
  size_t start_;  // what stood in `out` before is not ours
  uint64_t low_ = 0;
  uint64_t range_ = ~uint64_t{0};
};

// Reads what RangeEncoder wrote, asked in the same order with the same numbers.
// Any bytes at all are safe to read; Finish tells whether they can be a stream.
class RangeDecoder {
 public:
  // `bytes` is exactly one encoder's output, and must outlive the decoder.
  explicit RangeDecoder(std::span<const uint8_t> bytes) : bytes_(bytes) {
    Refill(8);
  }

  // A number in [0, 2^total_bits): the next symbol is the one whose
  // [cum, cum + freq) contains it. Consume that before anything else.
  uint32_t Target(int total_bits) {
    assert(total_bits >= 1 && total_bits <= kMaxTotalBits);
    unit_ = range_ >> total_bits;
    const uint64_t target = code_ / unit_;
    const uint64_t last = (uint64_t{1} << total_bits) - 1;
    if (target <= last) return static_cast<uint32_t>(target);
    // In what the division left over: no encoder goes there.
    is_corrupt_ = true;
    return static_cast<uint32_t>(last);
  }

  void Consume(uint32_t cum, uint32_t freq, [[maybe_unused]] int total_bits) {
    assert(uint64_t{cum} + freq <= uint64_t{1} << total_bits && freq >= 1);
    code_ -= unit_ * cum;
    range_ = unit_ * freq;
    Normalize();
  }

  bool DecodeBit(uint32_t p1) {
    assert(p1 > 0 && p1 < 1u << kProbabilityBits);
    const uint64_t bound = (range_ >> kProbabilityBits) * p1;
    const bool bit = code_ < bound;
    if (bit) {
      range_ = bound;
    } else {
      code_ -= bound;
      range_ -= bound;
    }
    Normalize();
    return bit;
  }

  // True as soon as more was read than a stream of this length can hold, or a
  // target lay outside of the range. Cheap; to give up early.
  bool is_corrupt() const { return is_corrupt_ || at_ > bytes_.size() + 8; }

  // After the last symbol: kCorrupt if the bytes cannot be those of a stream
  // with these symbols (too few, too many, or impossible ones).
  Status Finish() const;

 private:
  void Normalize() {
    const int bytes = std::countl_zero(range_) / 8;
    if (bytes == 0) return;
    range_ <<= 8 * bytes;
    Refill(bytes);
  }

  // Moves `count` bytes into the code; behind the end come zeros.
  void Refill(int count) {
    for (int i = 0; i < count; ++i, ++at_) {
      code_ = code_ << 8 | (at_ < bytes_.size() ? bytes_[at_] : 0);
    }
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;      // bytes read, those behind the end included
  uint64_t code_ = 0;  // the stream's number minus the encoder's low
  uint64_t range_ = ~uint64_t{0};
  uint64_t unit_ = 1;  // range / total, from Target to Consume
  bool is_corrupt_ = false;
};

}  // namespace lentil

#endif  // LENTIL_CODER_RANGE_CODER_H_

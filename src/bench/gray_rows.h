// SPDX-License-Identifier: Apache-2.0
// Any bytes as a gray image.

#ifndef LENTIL_BENCH_GRAY_ROWS_H_
#define LENTIL_BENCH_GRAY_ROWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lentil {

// The shape of `bytes` pixels in rows of `columns`, or one shorter row.
struct GrayShape {
  GrayShape(size_t bytes, uint32_t most_columns)
      : columns(
            static_cast<uint32_t>(std::clamp<size_t>(bytes, 1, most_columns))),
        rows(static_cast<uint32_t>(
            std::max<size_t>(1, (bytes + columns - 1) / columns))) {}

  size_t pixels() const { return size_t{columns} * rows; }

  uint32_t columns;
  uint32_t rows;
};

// The bytes and zeros up to the end of the last row.
inline std::vector<uint8_t> Padded(std::span<const uint8_t> bytes,
                                   const GrayShape& shape) {
  std::vector<uint8_t> pixels(bytes.begin(), bytes.end());
  pixels.resize(shape.pixels());
  return pixels;
}

}  // namespace lentil

#endif  // LENTIL_BENCH_GRAY_ROWS_H_

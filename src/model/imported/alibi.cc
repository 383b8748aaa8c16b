// SPDX-License-Identifier: Apache-2.0

#include "model/imported/alibi.h"

#include <numbers>

#include "model/imported/rotary.h"

namespace lentil {
namespace {

// 2^−exponent.
float Slope(double exponent) {
  return static_cast<float>(PortableExp(-exponent * std::numbers::ln2));
}

}  // namespace

std::vector<float> AlibiSlopes(uint32_t heads) {
  uint32_t n = 1;
  while (2 * n <= heads) n *= 2;
  std::vector<float> slopes;
  for (uint32_t i = 1; i <= n; ++i) slopes.push_back(Slope(8.0 * i / n));
  for (uint32_t i = 1; slopes.size() < heads; i += 2) {
    slopes.push_back(Slope(4.0 * i / n));
  }
  return slopes;
}

std::vector<float> MptSlopes(uint32_t heads, double largest) {
  uint32_t n = 1;
  while (n < heads) n *= 2;
  std::vector<float> slopes;
  const auto append = [&](uint32_t first, uint32_t step) {
    for (uint32_t i = first; i <= n; i += step) {
      slopes.push_back(Slope(largest * i / n));
    }
  };
  if (n == heads) {
    append(1, 1);
  } else {
    append(2, 2);
    append(1, 2);
    slopes.resize(heads);
  }
  return slopes;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Inputs for kernel tests: random rows, and those that break kernels.

#ifndef LENTIL_KERNELS_TEST_RANDOM_H_
#define LENTIL_KERNELS_TEST_RANDOM_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace lentil {

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  uint32_t Below(uint32_t n) { return engine_() % n; }
  int8_t Int8() { return static_cast<int8_t>(Below(255)) - 127; }
  float Normal() { return normal_(engine_); }

  // Rows of the kinds that break kernels: kind 0 random, others extreme.
  std::vector<int8_t> Int8s(size_t n, uint32_t kind) {
    std::vector<int8_t> v(n);
    for (size_t i = 0; i < n; ++i) {
      switch (kind % 6) {
        case 0:
          v[i] = Int8();
          break;
        case 1:
          v[i] = 127;
          break;
        case 2:
          v[i] = -127;
          break;
        case 3:
          v[i] = 0;
          break;
        case 4:
          v[i] = Below(2) != 0 ? 127 : -127;
          break;
        case 5:
          v[i] = i == n / 3 ? 127 : 0;
          break;
      }
    }
    return v;
  }

  std::vector<float> Floats(size_t n, uint32_t kind) {
    std::vector<float> v(n);
    for (size_t i = 0; i < n; ++i) v[i] = OneFloat(i, n, kind % 12);
    return v;
  }

 private:
  float OneFloat(size_t i, size_t n, uint32_t kind) {
    constexpr float kInf = std::numeric_limits<float>::infinity();
    switch (kind) {
      case 0:
        return Normal();
      case 1:
        return Normal() * 1e30f;
      case 2:
        return Normal() * 1e-15f;
      case 3:
        return Normal() * 1e-18f;  // around the limit of tiny
      case 4:
        return Normal() * 1e-40f;  // subnormal
      case 5:
        return 0.0f;
      case 6:
        return -3.4e38f;
      case 7:
        return i == n / 2 ? 1.0f : 0.0f;
      case 8:
        return i == n - 1 ? -5e20f : Normal();
      case 9:
        return i == 1 ? kInf : Normal();
      case 10:
        return i == 2 ? std::nanf("") : Normal();
      default:
        return static_cast<float>(Below(255)) * 0.5f - 63.5f;  // ties
    }
  }

  std::mt19937 engine_;
  std::normal_distribution<float> normal_{0.0f, 1.0f};
};

}  // namespace lentil

#endif  // LENTIL_KERNELS_TEST_RANDOM_H_

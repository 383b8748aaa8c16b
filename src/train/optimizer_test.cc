// SPDX-License-Identifier: Apache-2.0

#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "train/random.h"

namespace lentil {
namespace {

// xᵀx or xxᵀ, whichever is smaller, must be near a multiple of the identity.
void ExpectNearlyOrthogonal(size_t rows, size_t cols) {
  std::vector<float> x(rows * cols);
  for (size_t i = 0; i < x.size(); ++i) x[i] = 3.0f * RandomNormal(1, i);
  Orthogonalize(EngineFor(16), rows, cols, x.data());
  const bool tall = rows > cols;
  const size_t n = tall ? cols : rows;
  const size_t depth = tall ? rows : cols;
  const auto at = [&](size_t i, size_t k) {
    return tall ? x[k * cols + i] : x[i * cols + k];
  };
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double dot = 0;
      for (size_t k = 0; k < depth; ++k) dot += at(i, k) * at(j, k);
      if (i == j) {
        EXPECT_GT(dot, 0.4);
        EXPECT_LT(dot, 1.6);
      } else {
        EXPECT_LT(std::fabs(dot), 0.4);
      }
    }
  }
}

TEST(Orthogonalize, EvensOutSingularValuesOfEveryShape) {
  ExpectNearlyOrthogonal(16, 64);
  ExpectNearlyOrthogonal(64, 16);
  ExpectNearlyOrthogonal(33, 48);
}

TEST(Optimizer, StepLowersAQuadraticAndIgnoresThreads) {
  const DecoderConfig config = {.d_model = 16,
                                .heads = 2,
                                .kv_heads = 1,
                                .head_dim = 16,
                                .d_mlp = 32,
                                .inputs = LastBytes(2),
                                .windows = {8}};
  const ParameterLayout layout(config);
  std::vector<std::vector<float>> results;
  for (int workers : {0, 3}) {
    ThreadPool pool(workers);
    Optimizer optimizer(layout, {});
    std::vector<float> parameters = InitialParameters(layout, 3);
    const auto energy = [&] {
      double sum = 0;
      for (float p : parameters) sum += static_cast<double>(p) * p;
      return sum;
    };
    const double before = energy();
    for (uint64_t step = 1; step <= 20; ++step) {
      std::vector<float> gradient = parameters;  // of |p|² / 2
      optimizer.Step(1.0f, step, &gradient, &parameters, &pool);
    }
    EXPECT_LT(energy(), before);
    results.push_back(parameters);
  }
  EXPECT_EQ(results[0], results[1]);
}

}  // namespace
}  // namespace lentil

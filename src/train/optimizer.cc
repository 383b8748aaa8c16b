// SPDX-License-Identifier: Apache-2.0
// Muon and Adam updates.

#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

namespace lentil {
namespace {

// Quintic coefficients that grow small singular values fastest (Jordan 2024).
constexpr float kA = 3.4445f, kB = -4.7750f, kC = 2.0315f;
constexpr int kNewtonSchulzSteps = 5;
constexpr float kAdamEpsilon = 1e-10f;
constexpr float kSmallestTemperature = 0.05f;

double SquaredNorm(const float* x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * x[i];
  return sum;
}

}  // namespace

void Orthogonalize(const Engine& engine, size_t rows, size_t cols, float* x) {
  const bool tall = rows > cols;
  const size_t small = std::min(rows, cols);
  const ptrdiff_t stride = static_cast<ptrdiff_t>(cols);
  const ptrdiff_t s = static_cast<ptrdiff_t>(small);
  const float inverse = static_cast<float>(
      1.0 / (std::sqrt(SquaredNorm(x, rows * cols)) + 1e-20));
  for (size_t i = 0; i < rows * cols; ++i) x[i] *= inverse;

  std::vector<float> gram(small * small), poly(small * small), y(rows * cols);
  const Operand plain{x, stride, 1}, turned{x, 1, stride};
  for (int step = 0; step < kNewtonSchulzSteps; ++step) {
    engine.gemm(small, small, std::max(rows, cols), tall ? turned : plain,
                tall ? plain : turned, gram.data(), small, false);
    engine.gemm(small, small, small, {gram.data(), s, 1}, {gram.data(), s, 1},
                poly.data(), small, false);
    for (size_t i = 0; i < small * small; ++i) {
      poly[i] = kB * gram[i] + kC * poly[i];
    }
    const Operand p{poly.data(), s, 1};
    engine.gemm(rows, cols, small, tall ? plain : p, tall ? p : plain, y.data(),
                cols, false);
    for (size_t i = 0; i < rows * cols; ++i) x[i] = kA * x[i] + y[i];
  }
}

Optimizer::Optimizer(const ParameterLayout& layout,
                     const OptimizerOptions& options)
    : engine_(EngineFor(layout.config.head_dim)),
      options_(options),
      first_(layout.size, 0.0f),
      second_(layout.size, 0.0f) {
  for (const TensorInfo& tensor : layout.tensors) {
    if (tensor.role != TensorRole::kMatrix) {
      others_.push_back(&tensor);
      continue;
    }
    for (const RowRange& m : MatricesOf(tensor, layout.config)) {
      matrices_.push_back(
          {tensor.offset + m.first * tensor.cols, m.rows, tensor.cols});
    }
  }
}

double Optimizer::Step(float rate, uint64_t step, std::vector<float>* gradient,
                       std::vector<float>* parameters, ThreadPool* pool) {
  const double norm =
      std::sqrt(SquaredNorm(gradient->data(), gradient->size()));
  if (norm > options_.clip) {
    const float shrink = static_cast<float>(options_.clip / norm);
    for (float& g : *gradient) g *= shrink;
  }
  pool->ParallelFor(matrices_.size() + others_.size(), [&](size_t i) {
    if (i < matrices_.size()) {
      MuonStep(matrices_[i], rate, gradient->data(), parameters->data());
    } else {
      AdamStep(*others_[i - matrices_.size()], rate, step, gradient->data(),
               parameters->data());
    }
  });
  return norm;
}

void Optimizer::MuonStep(const Matrix& m, float rate, const float* gradient,
                         float* parameters) {
  const size_t n = m.rows * m.cols;
  const float* g = gradient + m.offset;
  float* momentum = first_.data() + m.offset;
  std::vector<float> update(n);
  for (size_t i = 0; i < n; ++i) {
    momentum[i] = options_.matrix_momentum * momentum[i] + g[i];
    update[i] = g[i] + options_.matrix_momentum * momentum[i];  // Nesterov
  }
  Orthogonalize(engine_, m.rows, m.cols, update.data());
  const float shape = std::sqrt(
      std::max(1.0f, static_cast<float>(m.rows) / static_cast<float>(m.cols)));
  const float step = rate * options_.matrix_rate;
  const float keep = 1.0f - step * options_.matrix_decay;
  float* w = parameters + m.offset;
  for (size_t i = 0; i < n; ++i) w[i] = keep * w[i] - step * shape * update[i];
}

void Optimizer::AdamStep(const TensorInfo& tensor, float rate, uint64_t step,
                         const float* gradient, float* parameters) {
  float own = options_.table_rate;
  if (tensor.role == TensorRole::kUnembed) own = options_.unembed_rate;
  if (tensor.role == TensorRole::kScalar) own = options_.scalar_rate;
  const double t = static_cast<double>(step);
  const float correct1 =
      static_cast<float>(1.0 / (1.0 - std::pow(options_.beta1, t)));
  const float correct2 =
      static_cast<float>(1.0 / (1.0 - std::pow(options_.beta2, t)));
  const float* g = gradient + tensor.offset;
  float* m = first_.data() + tensor.offset;
  float* v = second_.data() + tensor.offset;
  float* w = parameters + tensor.offset;
  for (size_t i = 0; i < tensor.size(); ++i) {
    m[i] += (1.0f - options_.beta1) * (g[i] - m[i]);
    v[i] += (1.0f - options_.beta2) * (g[i] * g[i] - v[i]);
    w[i] -= rate * own * correct1 * m[i] /
            (std::sqrt(correct2 * v[i]) + kAdamEpsilon);
  }
  if (tensor.name.ends_with("attn.temperature")) {
    for (size_t i = 0; i < tensor.size(); ++i) {
      w[i] = std::max(w[i], kSmallestTemperature);
    }
  }
}

}  // namespace lentil

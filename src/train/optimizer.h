// SPDX-License-Identifier: Apache-2.0
// Muon for the matrices inside blocks, Adam for everything else.

#ifndef LENTIL_TRAIN_OPTIMIZER_H_
#define LENTIL_TRAIN_OPTIMIZER_H_

#include <vector>

#include "base/thread_pool.h"
#include "train/engine.h"
#include "train/parameters.h"

namespace lentil {

struct OptimizerOptions {
  float matrix_rate = 0.005f;
  float table_rate = 0.01f;
  float unembed_rate = 0.005f;
  float scalar_rate = 0.01f;
  float matrix_momentum = 0.95f;
  float beta1 = 0.9f;
  float beta2 = 0.99f;
  float matrix_decay = 0.0f;  // decoupled weight decay, times the rate
  float clip = 1.0f;          // largest global gradient norm
};

// Muon: momentum, then Newton-Schulz to the nearest semi-orthogonal matrix
// (Jordan et al. 2024); q, k and v rows are separate matrices. Adam: Kingma &
// Ba 2015 with bias correction. The result does not depend on the number of
// threads.
class Optimizer {
 public:
  Optimizer(const ParameterLayout& layout, const OptimizerOptions& options);

  // One update. `rate` multiplies every learning rate; `step` counts from 1.
  // `gradient` is that of the mean loss and is scaled in place when clipped.
  // Returns its norm before clipping.
  double Step(float rate, uint64_t step, std::vector<float>* gradient,
              std::vector<float>* parameters, ThreadPool* pool);

  // Moments, in the parameters' layout; second moments of matrices are unused.
  std::vector<float>& first() { return first_; }
  std::vector<float>& second() { return second_; }

 private:
  struct Matrix {
    size_t offset, rows, cols;
  };
  void MuonStep(const Matrix& m, float rate, const float* gradient,
                float* parameters);
  void AdamStep(const TensorInfo& tensor, float rate, uint64_t step,
                const float* gradient, float* parameters);

  const Engine& engine_;
  const OptimizerOptions options_;
  std::vector<Matrix> matrices_;
  std::vector<const TensorInfo*> others_;
  std::vector<float> first_, second_;
};

// Replaces `x` [rows, cols] by about U·Vᵀ of its singular value decomposition:
// five quintic Newton-Schulz steps, singular values end in 0.7 … 1.2.
void Orthogonalize(const Engine& engine, size_t rows, size_t cols, float* x);

}  // namespace lentil

#endif  // LENTIL_TRAIN_OPTIMIZER_H_

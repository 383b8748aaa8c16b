// SPDX-License-Identifier: Apache-2.0
// A matrix of a checkpoint, packed for the kernels as it is stored: floats of
// 32 or 16 bits, or codes.

#ifndef LENTIL_MODEL_IMPORTED_LINEAR_H_
#define LENTIL_MODEL_IMPORTED_LINEAR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/status.h"
#include "kernels/aligned.h"
#include "kernels/floats.h"
#include "model/imported/row_runs.h"
#include "weights/tensor.h"

namespace lentil {

struct LinearSource {
  TensorView weight;               // [rows, k], or [k, rows] if transposed
  std::optional<TensorView> bias;  // [rows]
  RowRuns runs = {};
  uint32_t n = 0;
  uint32_t k = 0;
  bool transposed = false;
};

// Rows of activations that a matrix multiplies: floats always, and the same as
// codes where a matrix wants them.
struct LinearInput {
  const float* x = nullptr;
  size_t stride = 0;
  size_t rows = 0;
  CodeRows codes = {};
};

// Immutable: any number of threads may apply it.
class Linear {
 public:
  Linear() = default;  // n() = 0: a matrix that is not there
  // The caller has checked shapes. O(n k); errors are those of ReadFloats.
  static Result<Linear> Load(const LinearSource& source);

  size_t n() const { return n_; }
  size_t k() const { return k_; }
  bool is_coded() const { return coded_; }
  size_t memory_bytes() const;

  // out [rows, n] ← x Wᵀ + bias, at distance `stride`; whole panels.
  void Apply(const FloatKernels& kernels, const LinearInput& input, float* out,
             size_t stride) const;

 private:
  Status PackFloats(const LinearSource& source);
  bool PackHalves(const LinearSource& source, FloatType type);
  Status PackCodes(const LinearSource& source);

  size_t n_ = 0;
  size_t k_ = 0;
  bool coded_ = false;
  CodeFormat format_;                     // if coded
  FloatType type_ = FloatType::kFloat32;  // if not
  AlignedBytes packed_;
  std::vector<float> bias_;  // whole panels, or empty
};

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_LINEAR_H_

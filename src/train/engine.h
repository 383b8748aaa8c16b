// SPDX-License-Identifier: Apache-2.0
// The trainer's arithmetic: loss and gradient of the decoder in float32, built
// once per instruction set. docs/numerics.md has the network; this is its
// differentiable form, with fake quantisation for the last part of a run.

#ifndef LENTIL_TRAIN_ENGINE_H_
#define LENTIL_TRAIN_ENGINE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "train/parameters.h"

namespace lentil {

// A matrix in memory: element (i, j) at data[i * row + j * col].
struct Operand {
  const float* data;
  ptrdiff_t row;
  ptrdiff_t col;
};

// A growing buffer of floats on a 64-byte boundary. Contents are lost when it
// grows.
class AlignedFloats {
 public:
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  void Reserve(size_t n) {
    if (n <= size_) return;
    data_.reset(static_cast<float*>(
        std::aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64)));
    if (!data_) throw std::bad_alloc();
    size_ = n;
  }

 private:
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  std::unique_ptr<float[], Free> data_;
  size_t size_ = 0;
};

// Sequences of equal length that go through the linear layers as one matrix:
// count × length bytes or, where the layout has a vocabulary, tokens below its
// size. The other span is empty.
struct Shard {
  std::span<const uint8_t> bytes;
  size_t length = 0;  // T: symbols of a sequence; each starts afresh
  std::span<const uint32_t> tokens = {};

  size_t size() const { return bytes.empty() ? tokens.size() : bytes.size(); }
  size_t count() const { return size() / length; }
  uint32_t operator[](size_t t) const {
    return bytes.empty() ? tokens[t] : bytes[t];
  }
  // Symbols begin … begin + n − 1, or up to the end.
  Shard Part(size_t begin, size_t n) const {
    n = std::min(n, size() - begin);
    if (bytes.empty()) return {{}, length, tokens.subspan(begin, n)};
    return {bytes.subspan(begin, n), length, {}};
  }
};

// What the forward pass leaves for the backward pass. One per thread.
struct Workspace {
  AlignedFloats floats;
};

struct Engine {
  const char* name;
  size_t lanes;

  // Sum over the shard of −ln p(symbol), and, unless `gradient` is null, adds
  // `scale` times its gradient. With `quantize`, activations are rounded as
  // the int8 decoder rounds them, and gradients pass straight through.
  // About 6 × weights (embeddings not counted) + 12 × attended positions ×
  // heads × head width flops per symbol. Logits take 256 × outputs floats.
  double (*loss)(const ParameterLayout& layout, const float* parameters,
                 const Shard& shard, bool quantize, float scale,
                 float* gradient, Workspace& workspace);

  // C [m, n] (+)= A [m, depth] · B [depth, n]; C row-major.
  void (*gemm)(size_t m, size_t n, size_t depth, Operand a, Operand b, float* c,
               size_t c_row, bool accumulate);
};

// The widest engine that this processor runs and whose vectors divide
// `head_dim`, or the one LENTIL_TRAIN_ENGINE names (generic, avx2, avx512).
const Engine& EngineFor(uint32_t head_dim);

}  // namespace lentil

#endif  // LENTIL_TRAIN_ENGINE_H_

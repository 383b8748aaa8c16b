// SPDX-License-Identifier: Apache-2.0
// A native model ready to run: its weights packed for one set of kernels.

#ifndef LENTIL_MODEL_MODEL_H_
#define LENTIL_MODEL_MODEL_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "kernels/kernels.h"
#include "model/config.h"
#include "model/native.h"

namespace lentil {

// One layer. Letters as in docs/numerics.md.
struct ModelBlock {
  uint32_t window = 0;
  PackedMatrix qkv;                // [(H + 2G)·K, D]
  PackedMatrix out;                // [D, H·K]
  PackedMatrix up;                 // [F, D]
  PackedMatrix down;               // [D, F], of a squared ReLU: sparse
  std::vector<float> temperature;  // [H]
  std::vector<int32_t> sink;       // [H]
};

// Immutable, so any number of threads and decoders may share one.
class Model {
 public:
  // Reads, checks and packs a model file; `file` may be freed afterwards. Runs
  // on DefaultKernels unless `kernels` is given. The result never depends on
  // it.
  static Result<std::shared_ptr<const Model>> Parse(
      std::span<const uint8_t> file, const Kernels* kernels = nullptr);

  const DecoderConfig& config() const { return config_; }
  const Kernels& kernels() const { return *kernels_; }
  const std::string& name() const { return name_; }
  const std::string& card() const { return card_; }
  uint64_t hash() const { return hash_; }                // XXH3-64 of the file
  size_t stored_bytes() const { return stored_bytes_; }  // size of the file
  size_t memory_bytes() const;  // of weights, as packed

  // The embedding of `symbol` at offset k, [D].
  const int8_t* embedding(uint32_t k, uint32_t symbol) const {
    return embed_.data() + (size_t{k} * kNumSymbols + symbol) * config_.d_model;
  }
  const float* embed_scale() const { return embed_scale_.data(); }  // [N]
  const uint32_t* rotary_step() const {
    return rotary_step_.data();
  }  // [K / 2]
  const std::vector<ModelBlock>& blocks() const { return blocks_; }
  const PackedMatrix& unembed() const { return unembed_; }  // [256, D]

 private:
  Model(NativeModel native, const Kernels& kernels);

  DecoderConfig config_;
  const Kernels* kernels_;
  std::string name_;
  std::string card_;
  uint64_t hash_ = 0;
  size_t stored_bytes_ = 0;
  std::vector<int8_t> embed_;
  std::vector<float> embed_scale_;
  std::vector<uint32_t> rotary_step_;
  std::vector<ModelBlock> blocks_;
  PackedMatrix unembed_;
};

// The model's kernels, or without a model the default.
inline Result<const Kernels*> KernelsOf(const Model* model) {
  if (model != nullptr) return &model->kernels();
  return DefaultKernels();
}

}  // namespace lentil

#endif  // LENTIL_MODEL_MODEL_H_

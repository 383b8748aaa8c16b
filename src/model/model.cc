// SPDX-License-Identifier: Apache-2.0
// Packs a checked native model.

#include "model/model.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/hash.h"

namespace lentil {
namespace {

PackedMatrix Pack(const MatrixKernels& kernels, const QuantizedMatrix& m) {
  return PackedMatrix(kernels, m.weight.data(), m.scale.data(), m.rows, m.cols);
}

// For rows of any values.
PackedMatrix PackDense(const Kernels& kernels, const QuantizedMatrix& m) {
  const bool narrow = std::all_of(
      m.weight.begin(), m.weight.end(),
      [](int8_t weight) { return std::abs(weight) <= kNarrowWeight; });
  return Pack(narrow ? kernels.narrow : kernels.linear, m);
}

}  // namespace

Model::Model(NativeModel native, const Kernels& kernels)
    : config_(std::move(native.config)),
      kernels_(&kernels),
      name_(std::move(native.name)),
      card_(std::move(native.card)),
      embed_(std::move(native.embed)),
      embed_scale_(std::move(native.embed_scale)),
      rotary_step_(std::move(native.rotary_step)),
      unembed_(PackDense(kernels, native.unembed)) {
  blocks_.reserve(native.blocks.size());
  for (size_t i = 0; i < native.blocks.size(); ++i) {
    NativeBlock& block = native.blocks[i];
    blocks_.push_back({config_.windows[i], PackDense(kernels, block.qkv),
                       PackDense(kernels, block.out),
                       PackDense(kernels, block.up),
                       Pack(kernels.sparse, block.down),
                       std::move(block.temperature), std::move(block.sink)});
  }
}

Result<std::shared_ptr<const Model>> Model::Parse(std::span<const uint8_t> file,
                                                  const Kernels* kernels) {
  if (kernels == nullptr) {
    LENTIL_ASSIGN_OR_RETURN(kernels, DefaultKernels());
  }
  LENTIL_ASSIGN_OR_RETURN(NativeModel native, ReadNative(file));
  std::shared_ptr<Model> model(new Model(std::move(native), *kernels));
  model->hash_ = Hash64(file);
  model->stored_bytes_ = file.size();
  return std::shared_ptr<const Model>(std::move(model));
}

size_t Model::memory_bytes() const {
  size_t bytes = embed_.size() + unembed_.bytes();
  for (const ModelBlock& block : blocks_) {
    bytes += block.qkv.bytes() + block.out.bytes() + block.up.bytes() +
             block.down.bytes();
  }
  return bytes;
}

}  // namespace lentil

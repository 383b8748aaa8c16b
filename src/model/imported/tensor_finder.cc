// SPDX-License-Identifier: Apache-2.0

#include "model/imported/tensor_finder.h"

#include "base/messages.h"
#include "weights/messages.h"

namespace lentil {
namespace {

// Buffers of old checkpoints: masks and rotary frequencies. GGUF has
// frequencies too, as tensors that the plan has read already.
bool IsBuffer(std::string_view name) {
  return name.ends_with(".attn.bias") || name.ends_with(".masked_bias") ||
         name.ends_with(".attention.bias") || name.ends_with(".inv_freq") ||
         name.ends_with("rope_freqs.weight") ||
         name.ends_with("rope_factors_long.weight") ||
         name.ends_with("rope_factors_short.weight");
}

}  // namespace

std::string InLayer(std::string_view name, uint32_t layer) {
  std::string text(name);
  const size_t at = text.find('%');
  if (at != std::string::npos) text.replace(at, 1, std::to_string(layer));
  return text;
}

TensorFinder::TensorFinder(const std::map<std::string, TensorView>& tensors,
                           const TensorNames& names)
    : tensors_(tensors) {
  const std::string embed(names.embed);
  for (size_t at = 0; at != std::string::npos;
       at = embed.find('.', at == 0 ? 0 : at)) {
    if (at > 0) ++at;
    if (tensors_.contains(embed.substr(at) + ".weight")) {
      prefix_ = embed.substr(0, at);
      return;
    }
  }
}

const TensorView* TensorFinder::Find(const std::string& name) {
  const std::string key =
      name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
  const auto at = tensors_.find(key);
  if (at == tensors_.end()) return nullptr;
  if (used_.insert(key).second) weights_ += at->second.ElementCount();
  return &at->second;
}

Result<TensorView> TensorFinder::Get(const std::string& name,
                                     const std::vector<uint64_t>& shape) {
  const TensorView* tensor = Find(name);
  if (tensor == nullptr) return Corrupt("no tensor " + Quoted(name));
  if (tensor->shape != shape) {
    return Corrupt("tensor " + Quoted(name) + " has shape " +
                   ShapeText(tensor->shape) + "; the configuration wants " +
                   ShapeText(shape));
  }
  return *tensor;
}

Status TensorFinder::CheckNothingIsLeft(const std::string& family) const {
  for (const auto& [name, tensor] : tensors_) {
    if (!used_.contains(name) && !IsBuffer(name)) {
      return {Code::kUnsupported, "tensor " + Quoted(name) +
                                      " has no place in a model of type " +
                                      Quoted(family)};
    }
  }
  return Status();
}

}  // namespace lentil

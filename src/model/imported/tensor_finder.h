// SPDX-License-Identifier: Apache-2.0
// A checkpoint's tensors by the names of a plan.

#ifndef LENTIL_MODEL_IMPORTED_TENSOR_FINDER_H_
#define LENTIL_MODEL_IMPORTED_TENSOR_FINDER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/imported/plan.h"
#include "weights/tensor.h"

namespace lentil {

// A name of the plan in a layer: % is its number.
std::string InLayer(std::string_view name, uint32_t layer);

// Remembers what was found, since a tensor that nobody asks for is an error.
// `tensors` must outlive it.
class TensorFinder {
 public:
  // Some checkpoints leave out the first part of every name: then so does this.
  TensorFinder(const std::map<std::string, TensorView>& tensors,
               const TensorNames& names);

  // Null if there is none.
  const TensorView* Find(const std::string& name);
  // kCorrupt if there is none, or one of another shape.
  Result<TensorView> Get(const std::string& name,
                         const std::vector<uint64_t>& shape);

  // kUnsupported names a tensor that was not found. Masks and frequencies that
  // old checkpoints hold, and that follow from the configuration, may be there.
  Status CheckNothingIsLeft(const std::string& family) const;

  uint64_t weights() const { return weights_; }  // found, each once

 private:
  const std::map<std::string, TensorView>& tensors_;
  std::string prefix_;  // that the file leaves out
  std::set<std::string> used_;
  uint64_t weights_ = 0;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_TENSOR_FINDER_H_

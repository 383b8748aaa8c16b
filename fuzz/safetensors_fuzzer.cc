// SPDX-License-Identifier: Apache-2.0
// Safetensors files and their index from outside, under the limits of
// checkpoints: what is accepted can be read and written.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "weights/float_tensor.h"
#include "weights/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lentil;
  (void)ParseSafetensorsIndex({reinterpret_cast<const char*>(data), size});
  const auto file = Safetensors::Parse({data, size}, kMaxCheckpointHeader);
  if (!file.ok()) return 0;
  for (const auto& [name, tensor] : file->tensors()) {
    std::vector<float> floats(tensor.ElementCount());
    (void)ReadFloats(tensor, 0, floats.size(), floats.data());
  }
  const auto bytes = WriteSafetensors(file->tensors(), file->metadata());
  if (!bytes.ok()) return 0;  // the header would be too long
  const auto again = Safetensors::Parse(*bytes);
  if (!again.ok() || again->tensors().size() != file->tensors().size()) {
    std::abort();
  }
  return 0;
}

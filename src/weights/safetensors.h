// SPDX-License-Identifier: Apache-2.0
// Safetensors files in memory: strict reader without copies, and a writer whose
// bytes depend on its arguments alone.
//
// A file is: header size (8 bytes, little-endian), a JSON header, tensor bytes.
// Native models and training checkpoints are both such files.

#ifndef LENTIL_WEIGHTS_SAFETENSORS_H_
#define LENTIL_WEIGHTS_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "weights/tensor.h"

namespace lentil {

// Longest header that is read: of native models, and of checkpoints from
// elsewhere (what the format allows).
inline constexpr uint64_t kMaxSafetensorsHeader = 1u << 20;
inline constexpr uint64_t kMaxCheckpointHeader = 100'000'000;

// The directory of a file. Views point into the bytes given to Parse, which
// must outlive them.
class Safetensors {
 public:
  // O(header) time; memory up to about 50 times the header and half a gigabyte
  // (a header has at most 2^22 keys, values and brackets). kCorrupt if anything
  // does not add up: sizes, overlaps, gaps, a name twice. kUnsupported names a
  // tensor and its dtype that is not in DType. Only an empty tensor can have
  // dimensions larger than the file.
  static Result<Safetensors> Parse(std::span<const uint8_t> bytes,
                                   uint64_t max_header = kMaxSafetensorsHeader);

  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const {
    return metadata_;
  }

  // The tensor of this name, dtype and shape. kCorrupt says what differs.
  Result<TensorView> Get(const std::string& name, DType dtype,
                         const std::vector<uint64_t>& shape) const;
  // The metadata string of this key, kCorrupt if it is missing.
  Result<std::string> Metadata(const std::string& key) const;

 private:
  friend class SafetensorsParser;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

// model.safetensors.index.json: which file holds each tensor, by the tensor's
// name. kCorrupt unless all are plain file names: the files lie beside it.
Result<std::map<std::string, std::string>> ParseSafetensorsIndex(
    std::string_view json);

// A file's bytes. Tensors are laid out by falling element size, then by name,
// so that each is aligned to its element when the file is. kInvalidArgument if
// a tensor's bytes do not fit its shape, its dtype is one of GGUF's, or the
// header would be too long for a native model.
Result<std::vector<uint8_t>> WriteSafetensors(
    const std::map<std::string, TensorView>& tensors,
    const std::map<std::string, std::string>& metadata);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_SAFETENSORS_H_

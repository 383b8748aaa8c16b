// SPDX-License-Identifier: Apache-2.0
// Writes GGUF files whose bytes depend on the arguments alone.

#ifndef LENTIL_WEIGHTS_GGUF_WRITER_H_
#define LENTIL_WEIGHTS_GGUF_WRITER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "weights/gguf.h"
#include "weights/tensor.h"

namespace lentil {

// Metadata to be written. A key that is set again has the new value.
class GgufMetadata {
 public:
  void SetUint32(const std::string& key, uint32_t value);
  void SetFloat32(const std::string& key, float value);
  void SetFloat64(const std::string& key, double value);
  void SetBool(const std::string& key, bool value);
  void SetString(const std::string& key, std::string_view value);
  void SetInt32s(const std::string& key, std::span<const int32_t> values);
  void SetFloat32s(const std::string& key, std::span<const float> values);
  void SetFloat64s(const std::string& key, std::span<const double> values);
  void SetBools(const std::string& key, const std::vector<bool>& values);
  void SetStrings(const std::string& key,
                  std::span<const std::string_view> values);
  // A value as another file has it, copied.
  void Set(const std::string& key, const GgufValue& value);

  // Type and value of each key, as they stand behind it in the file.
  const std::map<std::string, std::vector<uint8_t>>& entries() const {
    return entries_;
  }
  // The same as a reader of the file has it. Views what this holds.
  std::map<std::string, GgufValue> Values() const;

 private:
  std::map<std::string, std::vector<uint8_t>> entries_;
};

// A tensor that is still to be written.
struct GgufShape {
  DType dtype = DType::kF32;
  std::vector<uint64_t> shape;
};

// Gets the file's bytes in order.
using GgufSink = std::function<Status(std::span<const uint8_t>)>;
// Appends all bytes of the tensor of this name to `out`, which is empty.
using GgufSource =
    std::function<Status(const std::string& name, std::vector<uint8_t>* out)>;

// The same file as below through `sink`; holds one tensor at a time. Also
// kInvalidArgument if `source` gives a wrong number of bytes.
Status WriteGguf(const GgufMetadata& metadata,
                 const std::map<std::string, GgufShape>& tensors,
                 const GgufSource& source, const GgufSink& sink);

// A file's bytes, version 3: pairs and tensors in the order of their names,
// tensors aligned as the metadata says, or to 32, with zeros between.
// kInvalidArgument if the alignment is no power of two, or a tensor is empty or
// has more than four dimensions, a type that GGUF lacks, or bytes that do not
// fit its shape.
Result<std::vector<uint8_t>> WriteGguf(
    const GgufMetadata& metadata,
    const std::map<std::string, TensorView>& tensors);

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_GGUF_WRITER_H_

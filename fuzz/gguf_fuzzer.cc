// SPDX-License-Identifier: Apache-2.0
// GGUF files from outside: whatever is accepted can be read as floats and as
// codes, which agree, and is the same after being written again.

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "weights/code_rows.h"
#include "weights/float_tensor.h"
#include "weights/gguf.h"
#include "weights/gguf_writer.h"
#include "weights/quantize.h"

namespace lentil {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

void ReadMetadata(const Gguf& file) {
  for (const auto& [key, value] : file.metadata()) {
    const bool is_one = !value.is_array;
    Check(is_one || !file.GetUint(key).ok());
    if (file.GetUint(key).ok() && file.GetInt(key).ok()) {
      Check(*file.GetUint(key) == static_cast<uint64_t>(*file.GetInt(key)));
    }
    (void)file.GetFloat(key);
    (void)file.GetBool(key);
    (void)file.GetString(key);
    (void)file.GetInts(key);
    (void)file.GetFloats(key);
    (void)file.GetBools(key);
    const auto strings = file.GetStrings(key);
    if (!strings.ok()) continue;
    size_t size = 0;
    for (std::string_view text : *strings) size += 8 + text.size();
    Check(strings->empty() || size == value.bytes.size());
  }
}

void CheckCodes(const TensorView& tensor, const CodeLayout& layout,
                const std::vector<float>& floats) {
  const size_t n = tensor.shape.back();
  std::vector<uint8_t> codes(n);
  std::vector<float> scale(n / layout.block), minimum(n / layout.block);
  for (size_t row = 0; row * n < floats.size(); ++row) {
    Check(ReadCodes(tensor, row, codes.data(), scale.data(),
                    layout.has_minimum ? minimum.data() : nullptr)
              .ok());
    for (size_t i = 0; i < n; ++i) {
      const size_t k = i / layout.block;
      float x = scale[k] * static_cast<float>(codes[i] - layout.offset);
      if (layout.has_minimum) x += minimum[k];
      const float y = floats[row * n + i];
      Check((std::isnan(x) && std::isnan(y)) ||
            std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y));
    }
  }
}

void Requantize(std::vector<float> floats) {
  floats.resize(floats.size() / 32 * 32);
  for (DType dtype : {DType::kQ8_0, DType::kQ4_0, DType::kQ4_1}) {
    std::vector<uint8_t> blocks;
    if (!QuantizeRow(dtype, floats, &blocks).ok()) continue;
    std::vector<float> back(floats.size());
    Check(
        ReadFloats({dtype, {back.size()}, blocks}, 0, back.size(), back.data())
            .ok());
    for (float x : back) Check(std::isfinite(x));
  }
}

void ReadTensor(const TensorView& tensor) {
  std::vector<float> floats(tensor.ElementCount());
  if (!ReadFloats(tensor, 0, floats.size(), floats.data()).ok()) return;
  const auto layout = CodeLayoutOf(tensor.dtype);
  if (layout) CheckCodes(tensor, *layout, floats);
  Requantize(std::move(floats));
}

void CheckRewritten(const Gguf& file) {
  GgufMetadata metadata;
  for (const auto& [key, value] : file.metadata()) metadata.Set(key, value);
  const auto bytes = WriteGguf(metadata, file.tensors());
  if (!bytes.ok()) return;  // an alignment of another type
  const auto again = Gguf::Parse(*bytes);
  Check(again.ok() && again->metadata().size() == file.metadata().size() &&
        again->tensors().size() == file.tensors().size());
  GgufMetadata copy;
  for (const auto& [key, value] : again->metadata()) copy.Set(key, value);
  const auto twice = WriteGguf(copy, again->tensors());
  Check(twice.ok() && *twice == *bytes);
}

}  // namespace
}  // namespace lentil

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lentil;
  constexpr uint64_t kMaxAlignment = 4096;  // what is written grows by it
  const auto file = Gguf::Parse({data, size});
  if (!file.ok()) return 0;
  ReadMetadata(*file);
  for (const auto& [name, tensor] : file->tensors()) ReadTensor(tensor);
  const auto alignment = file->GetUint(kGgufAlignmentKey);
  if (alignment.ok() && *alignment > kMaxAlignment) return 0;
  CheckRewritten(*file);
  return 0;
}

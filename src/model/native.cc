// SPDX-License-Identifier: Apache-2.0
// Native models as safetensors. One list of tensors (VisitTensors) serves the
// reader, the writer and the allocator.

#include "model/native.h"

#include <cmath>
#include <map>
#include <utility>

#include "base/messages.h"
#include "kernels/kernels.h"
#include "weights/safetensors.h"

namespace lentil {
namespace {

constexpr float kMaxScale = 1048576.0f;     // 2^20
constexpr size_t kMaxTextSize = 64u << 10;  // of name and card

constexpr char kFormatKey[] = "lentil.format";
constexpr char kNumericsKey[] = "lentil.numerics";
constexpr char kConfigKey[] = "lentil.config";
constexpr char kNameKey[] = "lentil.name";
constexpr char kCardKey[] = "lentil.card";

using Shape = std::vector<uint64_t>;

template <class T>
constexpr DType DTypeOf();
template <>
constexpr DType DTypeOf<int8_t>() {
  return DType::kI8;
}
template <>
constexpr DType DTypeOf<int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType DTypeOf<uint32_t>() {
  return DType::kU32;
}
template <>
constexpr DType DTypeOf<float>() {
  return DType::kF32;
}

// Calls visit(name, shape, vector) for a layer's weight and scale.
template <class Matrix, class Visitor>
Status VisitMatrix(const std::string& name, Matrix& matrix, Visitor& visit) {
  LENTIL_RETURN_IF_ERROR(
      visit(name + ".weight", Shape{matrix.rows, matrix.cols}, matrix.weight));
  return visit(name + ".scale", Shape{matrix.rows}, matrix.scale);
}

// Calls visit(name, shape, vector) for every tensor of a model whose config and
// matrix sizes are set. Stops at the first error.
template <class AnyModel, class Visitor>
Status VisitTensors(AnyModel& model, Visitor visit) {
  const DecoderConfig& c = model.config;
  LENTIL_RETURN_IF_ERROR(visit("embed.weight",
                               Shape{c.num_inputs(), kNumSymbols, c.d_model},
                               model.embed));
  LENTIL_RETURN_IF_ERROR(
      visit("embed.scale", Shape{c.num_inputs()}, model.embed_scale));
  LENTIL_RETURN_IF_ERROR(
      visit("rotary.step", Shape{c.head_dim / 2}, model.rotary_step));
  for (size_t i = 0; i < model.blocks.size(); ++i) {
    auto& block = model.blocks[i];
    const std::string prefix = "blocks." + std::to_string(i) + ".";
    LENTIL_RETURN_IF_ERROR(VisitMatrix(prefix + "attn.qkv", block.qkv, visit));
    LENTIL_RETURN_IF_ERROR(VisitMatrix(prefix + "attn.out", block.out, visit));
    LENTIL_RETURN_IF_ERROR(
        visit(prefix + "attn.temperature", Shape{c.heads}, block.temperature));
    LENTIL_RETURN_IF_ERROR(
        visit(prefix + "attn.sink", Shape{c.heads}, block.sink));
    LENTIL_RETURN_IF_ERROR(VisitMatrix(prefix + "mlp.up", block.up, visit));
    LENTIL_RETURN_IF_ERROR(VisitMatrix(prefix + "mlp.down", block.down, visit));
  }
  return VisitMatrix("unembed", model.unembed, visit);
}

uint64_t NumElements(const Shape& shape) {
  uint64_t n = 1;
  for (uint64_t dim : shape) n *= dim;
  return n;
}

// The config and matrix sizes of a model; no tensors yet.
NativeModel Skeleton(const DecoderConfig& c) {
  NativeModel model;
  model.config = c;
  model.blocks.resize(c.layers());
  for (NativeBlock& block : model.blocks) {
    block.qkv = {c.qkv_rows(), c.d_model, {}, {}};
    block.out = {c.d_model, c.q_dim(), {}, {}};
    block.up = {c.d_mlp, c.d_model, {}, {}};
    block.down = {c.d_model, c.d_mlp, {}, {}};
  }
  model.unembed = {kNumBytes, c.d_model, {}, {}};
  return model;
}

bool AllowedValue(int8_t value) { return value != -128; }
bool AllowedValue(int32_t value) {
  return std::abs(int64_t{value}) <= kMaxSink;
}
bool AllowedValue(uint32_t) { return true; }
bool AllowedValue(float value) {
  return std::fabs(value) <= kMaxScale;
}  // not NaN

std::vector<Shape> Shapes(const NativeModel& model) {
  std::vector<Shape> shapes;
  (void)VisitTensors(model,
                     [&](const std::string&, const Shape& shape, const auto&) {
                       shapes.push_back(shape);
                       return Status();
                     });
  return shapes;
}

template <class T>
Status CheckValues(const std::string& name, const std::vector<T>& values) {
  for (const T& value : values) {
    if (!AllowedValue(value)) {
      return {Code::kCorrupt,
              "tensor " + Quoted(name) + " has a value out of range"};
    }
  }
  return Status();
}

Status CheckTemperatures(const NativeModel& model) {
  for (const NativeBlock& block : model.blocks) {
    for (float c : block.temperature) {
      if (!(c >= kMinTemperature && c <= 1.0f)) {
        return {Code::kCorrupt,
                "an attention temperature is not in [2^-20, 1]"};
      }
    }
  }
  return Status();
}

Result<NativeModel> ReadMetadata(const Safetensors& file) {
  const auto format = file.metadata().find(kFormatKey);
  if (format == file.metadata().end() || format->second != "native") {
    return Status(Code::kCorrupt, "not a native lentil model");
  }
  LENTIL_ASSIGN_OR_RETURN(const std::string numerics,
                          file.Metadata(kNumericsKey));
  if (numerics != std::to_string(kNumericsVersion)) {
    return Status(Code::kUnsupported,
                  "the model needs another numerics version than " +
                      std::to_string(kNumericsVersion));
  }
  LENTIL_ASSIGN_OR_RETURN(const std::string json, file.Metadata(kConfigKey));
  LENTIL_ASSIGN_OR_RETURN(const DecoderConfig config, ConfigFromJson(json));
  NativeModel model = Skeleton(config);
  LENTIL_ASSIGN_OR_RETURN(model.name, file.Metadata(kNameKey));
  LENTIL_ASSIGN_OR_RETURN(model.card, file.Metadata(kCardKey));
  return model;
}

}  // namespace

NativeModel ZeroModel(const DecoderConfig& config) {
  NativeModel model = Skeleton(config);
  (void)VisitTensors(model,
                     [](const std::string&, const Shape& shape, auto& values) {
                       values.assign(NumElements(shape), {});
                       return Status();
                     });
  return model;
}

Status ValidateNative(const NativeModel& model) {
  LENTIL_RETURN_IF_ERROR(ValidateConfig(model.config));
  if (Shapes(model) != Shapes(Skeleton(model.config))) {
    return {Code::kCorrupt, "the model's matrices do not fit its config"};
  }
  if (model.name.size() > kMaxTextSize || model.card.size() > kMaxTextSize) {
    return {Code::kCorrupt, "the model's name or card is too long"};
  }
  LENTIL_RETURN_IF_ERROR(VisitTensors(
      model,
      [](const std::string& name, const Shape& shape, const auto& values) {
        if (values.size() != NumElements(shape)) {
          return Status(Code::kCorrupt,
                        "tensor " + Quoted(name) + " has a wrong size");
        }
        return CheckValues(name, values);
      }));
  return CheckTemperatures(model);
}

bool IsNativeModel(std::span<const uint8_t> file) {
  const std::string_view key = kFormatKey;
  const auto header =
      file.first(std::min<size_t>(file.size(), kMaxSafetensorsHeader));
  return std::search(header.begin(), header.end(), key.begin(), key.end()) !=
         header.end();
}

Result<NativeModel> ReadNative(std::span<const uint8_t> bytes) {
  LENTIL_ASSIGN_OR_RETURN(const Safetensors file, Safetensors::Parse(bytes));
  LENTIL_ASSIGN_OR_RETURN(NativeModel model, ReadMetadata(file));
  size_t tensors = 0;
  LENTIL_RETURN_IF_ERROR(VisitTensors(
      model, [&](const std::string& name, const Shape& shape, auto& values) {
        using T =
            typename std::remove_reference_t<decltype(values)>::value_type;
        LENTIL_ASSIGN_OR_RETURN(const TensorView view,
                                file.Get(name, DTypeOf<T>(), shape));
        values = view.CopyAs<T>();
        ++tensors;
        return Status();
      }));
  if (tensors != file.tensors().size()) {
    return Status(Code::kCorrupt,
                  "the model has tensors that its config does not name");
  }
  LENTIL_RETURN_IF_ERROR(ValidateNative(model));
  return model;
}

Result<std::vector<uint8_t>> WriteNative(const NativeModel& model) {
  LENTIL_RETURN_IF_ERROR(ValidateNative(model));
  std::map<std::string, TensorView> tensors;
  LENTIL_RETURN_IF_ERROR(VisitTensors(model, [&](const std::string& name,
                                                 const Shape& shape,
                                                 const auto& values) {
    using T = typename std::remove_reference_t<decltype(values)>::value_type;
    const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
    tensors[name] = {DTypeOf<T>(), shape, {bytes, values.size() * sizeof(T)}};
    return Status();
  }));
  return WriteSafetensors(tensors,
                          {{kFormatKey, "native"},
                           {kNumericsKey, std::to_string(kNumericsVersion)},
                           {kConfigKey, ConfigToJson(model.config)},
                           {kNameKey, model.name},
                           {kCardKey, model.card}});
}

}  // namespace lentil

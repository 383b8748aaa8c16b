// SPDX-License-Identifier: Apache-2.0
// Reads and writes training checkpoints.

#include "train/train_checkpoint.h"

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/output_file.h"
#include "weights/safetensors.h"

namespace lentil {
namespace {

using Json = nlohmann::json;

constexpr char kFormatKey[] = "lentil.format";
constexpr char kConfigKey[] = "lentil.config";
constexpr char kStateKey[] = "lentil.state";
constexpr char kVocabularyKey[] = "lentil.vocabulary";
constexpr char kFirst[] = "optimizer.first.";
constexpr char kSecond[] = "optimizer.second.";
constexpr uint64_t kMostCheckpoint = uint64_t{4} << 30;

struct Counter {
  const char* name;
  uint64_t TrainState::*member;
};
constexpr Counter kCounters[] = {
    {"seed", &TrainState::seed},
    {"steps", &TrainState::steps},
    {"sequences", &TrainState::sequences},
    {"bytes", &TrainState::bytes},
    {"decay_start", &TrainState::decay_start},
    {"decay_bytes", &TrainState::decay_bytes},
};

std::string StateToJson(const TrainState& state) {
  Json json = Json::object();
  for (const Counter& c : kCounters) json[c.name] = state.*c.member;
  return json.dump();
}

Result<TrainState> StateFromJson(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  TrainState state;
  if (!json.is_object()) return Status(Code::kCorrupt, "state is not JSON");
  for (const Counter& c : kCounters) {
    const auto found = json.find(c.name);
    if (found == json.end() || !found->is_number_unsigned()) {
      return Status(Code::kCorrupt,
                    std::string("state lacks the counter ") + c.name);
    }
    state.*c.member = found->get<uint64_t>();
  }
  return state;
}

std::string VocabularyToJson(const Vocabulary& v) {
  return Json{{"size", v.size}, {"start", v.start}, {"hash", v.hash}}.dump();
}

Result<Vocabulary> VocabularyFromJson(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  const auto number = [&json](const char* name) {
    const auto found = json.find(name);
    const bool is_one = found != json.end() && found->is_number_unsigned();
    return is_one ? found->get<uint64_t>() : UINT64_MAX;
  };
  if (!json.is_object() || number("size") == 0 ||
      number("size") > kMaxVocabulary ||
      number("size") % kVocabularyUnit != 0 ||
      number("start") >= number("size")) {
    return Status(Code::kCorrupt, "the vocabulary is not one");
  }
  return Vocabulary{static_cast<uint32_t>(number("size")),
                    static_cast<uint32_t>(number("start")), number("hash")};
}

std::vector<uint64_t> WideShape(const TensorInfo& tensor) {
  return {tensor.shape.begin(), tensor.shape.end()};
}

TensorView View(const TensorInfo& tensor, const std::vector<float>& values) {
  const auto* bytes =
      reinterpret_cast<const uint8_t*>(values.data() + tensor.offset);
  return {
      DType::kF32, WideShape(tensor), {bytes, tensor.size() * sizeof(float)}};
}

// Whether second moments are kept: matrices have none.
bool HasSecond(const TensorInfo& tensor) {
  return tensor.role != TensorRole::kMatrix;
}

Status Copy(const Safetensors& file, const std::string& name,
            const TensorInfo& tensor, std::vector<float>* values) {
  LENTIL_ASSIGN_OR_RETURN(const TensorView view,
                          file.Get(name, DType::kF32, WideShape(tensor)));
  std::memcpy(values->data() + tensor.offset, view.bytes.data(),
              view.bytes.size());
  return {};
}

Result<TrainCheckpoint> Parse(const Safetensors& file) {
  LENTIL_ASSIGN_OR_RETURN(const std::string format, file.Metadata(kFormatKey));
  if (format != "checkpoint") {
    return Status(Code::kCorrupt, "is not a training checkpoint but " + format);
  }
  LENTIL_ASSIGN_OR_RETURN(const std::string config, file.Metadata(kConfigKey));
  TrainCheckpoint c;
  LENTIL_ASSIGN_OR_RETURN(c.config, ConfigFromJson(config));
  if (file.metadata().contains(kStateKey)) {
    LENTIL_ASSIGN_OR_RETURN(c.state,
                            StateFromJson(file.metadata().at(kStateKey)));
  }
  if (file.metadata().contains(kVocabularyKey)) {
    LENTIL_ASSIGN_OR_RETURN(
        c.vocabulary, VocabularyFromJson(file.metadata().at(kVocabularyKey)));
    if (c.config.inputs != LastBytes(1)) {
      return Status(Code::kCorrupt, "more than the last token enters");
    }
  }
  const ParameterLayout layout(c.config, c.vocabulary);
  c.parameters.resize(layout.size);
  c.first.resize(layout.size);
  c.second.resize(layout.size);
  for (const TensorInfo& tensor : layout.tensors) {
    LENTIL_RETURN_IF_ERROR(Copy(file, tensor.name, tensor, &c.parameters));
    if (!file.tensors().contains(kFirst + tensor.name)) continue;
    LENTIL_RETURN_IF_ERROR(Copy(file, kFirst + tensor.name, tensor, &c.first));
    if (!HasSecond(tensor)) continue;
    LENTIL_RETURN_IF_ERROR(
        Copy(file, kSecond + tensor.name, tensor, &c.second));
  }
  return c;
}

}  // namespace

Status SaveCheckpoint(const std::string& path, const ParameterLayout& layout,
                      const TrainCheckpoint& checkpoint) {
  std::map<std::string, TensorView> tensors;
  for (const TensorInfo& tensor : layout.tensors) {
    tensors[tensor.name] = View(tensor, checkpoint.parameters);
    tensors[kFirst + tensor.name] = View(tensor, checkpoint.first);
    if (HasSecond(tensor)) {
      tensors[kSecond + tensor.name] = View(tensor, checkpoint.second);
    }
  }
  std::map<std::string, std::string> metadata = {
      {kFormatKey, "checkpoint"},
      {kConfigKey, ConfigToJson(checkpoint.config)},
      {kStateKey, StateToJson(checkpoint.state)}};
  if (layout.of_tokens()) {
    metadata[kVocabularyKey] = VocabularyToJson(checkpoint.vocabulary);
  }
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes,
                          WriteSafetensors(tensors, metadata));
  return WriteFile(path, bytes).WithContext(path);
}

Result<TrainCheckpoint> LoadCheckpoint(const std::string& path) {
  Result<std::vector<uint8_t>> bytes = ReadFile(path, kMostCheckpoint);
  if (!bytes.ok()) return bytes.status().WithContext(path);
  Result<Safetensors> file = Safetensors::Parse(*bytes);
  if (!file.ok()) return file.status().WithContext(path);
  Result<TrainCheckpoint> checkpoint = Parse(*file);
  if (!checkpoint.ok()) return checkpoint.status().WithContext(path);
  return checkpoint;
}

}  // namespace lentil

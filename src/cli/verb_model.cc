// SPDX-License-Identifier: Apache-2.0
// lentil model: what is embedded, and what a model file is.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/hash.h"
#include "capi/embedded_models.h"
#include "cli/checkpoint_info.h"
#include "cli/model_source.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "model/native.h"
#include "model/weight_count.h"

namespace lentil {
namespace {

using Json = nlohmann::ordered_json;

// A model and where it comes from.
struct Description {
  std::string source;  // "embedded" or a file name
  uint64_t bytes = 0;
  uint64_t hash = 0;
  NativeModel native;
};

Result<Description> Describe(const std::string& name) {
  Description description;
  std::vector<uint8_t> file;
  std::span<const uint8_t> bytes;
  if (const EmbeddedFile* embedded = FindEmbeddedFile(name)) {
    description.source = "embedded";
    bytes = embedded->bytes;
  } else {
    std::error_code ignored;
    if (!std::filesystem::exists(name, ignored)) return NoSuchModel(name);
    Result<std::vector<uint8_t>> read = ReadFile(name, kMaxModelFile);
    if (!read.ok()) return read.status();
    file = std::move(*read);
    description.source = name;
    bytes = file;
  }
  LENTIL_ASSIGN_OR_RETURN(description.native, ReadNative(bytes));
  description.bytes = bytes.size();
  description.hash = Hash64(bytes);
  return description;
}

// What is there, but is none of lentil's own models.
bool IsCheckpoint(const std::string& name) {
  std::error_code ignored;
  if (FindEmbeddedFile(name) != nullptr) return false;
  if (std::filesystem::is_directory(name, ignored)) return true;
  if (!std::filesystem::is_regular_file(name, ignored)) return false;
  const Result<MappedFile> file = MappedFile::Open(name);
  return file.ok() && !IsNativeModel(file->bytes());
}

// Levels that use an embedded model of this name, e.g. [3].
std::vector<int> LevelsOf(const std::string& name) {
  std::vector<int> levels;
  for (int level = 0; level <= 9; ++level) {
    const char* model = lentil_level_get(level)->model;
    if (model != nullptr && name == model) levels.push_back(level);
  }
  return levels;
}

Json ToJson(const Description& d) {
  Json json = {{"name", d.native.name},
               {"source", d.source},
               {"bytes", d.bytes},
               {"weights", CountWeights(d.native.config)},
               {"hash", HashText(d.hash)}};
  const Json config =
      Json::parse(ConfigToJson(d.native.config), nullptr, false);
  if (!config.is_discarded()) json["config"] = config;
  if (d.source == "embedded") json["levels"] = LevelsOf(d.native.name);
  json["card"] = d.native.card;
  return json;
}

void PrintLine(const Description& d) {
  const std::vector<int> levels = LevelsOf(d.native.name);
  fmt::print("{:<10} {:>10} {:>10}  {}  {}\n", d.native.name, SizeText(d.bytes),
             CountWeights(d.native.config), HashText(d.hash),
             levels.empty() || d.source != "embedded"
                 ? d.source
                 : fmt::format("levels {}", fmt::join(levels, ", ")));
}

// "1, 2, 64 + 1 − 65": how far back the bytes lie that enter.
std::string InputText(const ByteSum& sum) {
  std::string text;
  for (const int32_t term : sum) {
    if (!text.empty()) text += term < 0 ? " - " : " + ";
    if (text.empty() && term < 0) text += "-";
    text += fmt::format("{}", std::abs(term));
  }
  return text;
}

std::string InputsText(const std::vector<ByteSum>& inputs) {
  std::vector<std::string> texts;
  for (const ByteSum& sum : inputs) texts.push_back(InputText(sum));
  return fmt::format("{}", fmt::join(texts, ", "));
}

void PrintAll(const Description& d) {
  const DecoderConfig& config = d.native.config;
  fmt::print("name      {}\nsource    {}\nbytes     {}\nweights   {}\n",
             d.native.name, d.source, d.bytes, CountWeights(d.native.config));
  fmt::print("hash      {}\nfamily    {}\n", HashText(d.hash), config.family);
  fmt::print(
      "shape     width {}, heads {} ({} for keys and values) of {}, mlp {}"
      "\noffsets   {}\nwindows   {}\n",
      config.d_model, config.heads, config.kv_heads, config.head_dim,
      config.d_mlp, InputsText(config.inputs), fmt::join(config.windows, ", "));
  if (!d.native.card.empty()) fmt::print("\n{}\n", d.native.card);
}

void PrintText(const std::vector<Description>& models, bool full) {
  if (!full) {
    fmt::print("{:<10} {:>10} {:>10}  {:<16}  {}\n", "name", "size", "weights",
               "hash", "used by");
  }
  for (const Description& model : models) {
    if (full) {
      PrintAll(model);
    } else {
      PrintLine(model);
    }
  }
}

}  // namespace

int RunModel(Args args) {
  static constexpr Syntax kSyntax = {
      "model", "embedded models (list), or all about some (info)",
      "[FLAGS] list | info NAME|FILE...", kJsonFlags};
  Flags flags;
  if (const auto exit = ParseFlags(kSyntax, args, &flags)) return *exit;
  const std::string what = flags.files.empty() ? "list" : flags.files[0];
  if (what != "list" && what != "info") {
    return UsageError("model",
                      fmt::format("'{}' is neither list nor info", what));
  }
  std::vector<std::string> names(flags.files.begin() + !flags.files.empty(),
                                 flags.files.end());
  if (what == "info" && names.empty()) {
    return UsageError("model", "info of which NAME or FILE?");
  }
  if (names.empty()) names = EmbeddedNames();
  Talk talk(flags.loudness, flags.progress);
  int exit = kExitOk;
  std::vector<Description> models;
  std::vector<CheckpointInfo> checkpoints;
  for (const std::string& name : names) {
    if (IsCheckpoint(name)) {
      const Result<CheckpointInfo> info = DescribeCheckpoint(name);
      if (info.ok()) {
        checkpoints.push_back(*info);
      } else {
        exit = std::max<int>(exit, talk.Error(name, info.status()));
      }
      continue;
    }
    Result<Description> model = Describe(name);
    if (model.ok()) {
      models.push_back(std::move(*model));
    } else {
      exit = std::max<int>(exit, talk.Error(name, model.status()));
    }
  }
  if (flags.json) {
    Json all = Json::array();
    for (const Description& model : models) all.push_back(ToJson(model));
    for (const CheckpointInfo& info : checkpoints) {
      all.push_back(Json::parse(InfoJson(info), nullptr, false));
    }
    fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    if (!models.empty() || what == "list") PrintText(models, what == "info");
    for (const CheckpointInfo& info : checkpoints) {
      fmt::print("{}", InfoText(info));
    }
  }
  return exit;
}

}  // namespace lentil

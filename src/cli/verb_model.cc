// SPDX-License-Identifier: Apache-2.0
// lentil model: what is embedded, what a model file is, whether it is whole,
// and smaller copies of it.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/hash.h"
#include "base/messages.h"
#include "capi/embedded_models.h"
#include "cli/checkpoint_info.h"
#include "cli/model_copy.h"
#include "cli/model_source.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "model/imported/verify_checkpoint.h"
#include "model/native.h"
#include "model/verify_native.h"
#include "model/weight_count.h"
#include "weights/quantize.h"

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
  LENTIL_ASSIGN_OR_RETURN(const ModelBytes bytes, ModelBytes::Open(name));
  description.source = bytes.is_embedded() ? "embedded" : name;
  LENTIL_ASSIGN_OR_RETURN(description.native, ReadNative(bytes.get()));
  description.bytes = bytes.get().size();
  description.hash = Hash64(bytes.get());
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
  fmt::print("{:<10} {:>10} {:>10}  {}  {}\n", Printable(d.native.name),
             SizeText(d.bytes), CountWeights(d.native.config), HashText(d.hash),
             levels.empty() || d.source != "embedded"
                 ? Printable(d.source)
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

// Free text: its lines stay lines.
void PrintCard(std::string_view card) {
  fmt::print("\n");
  for (size_t at = 0; at <= card.size();) {
    const size_t end = std::min(card.find('\n', at), card.size());
    fmt::print("{}\n", Printable(card.substr(at, end - at)));
    at = end + 1;
  }
}

void PrintAll(const Description& d) {
  const DecoderConfig& config = d.native.config;
  fmt::print("name      {}\nsource    {}\nbytes     {}\nweights   {}\n",
             Printable(d.native.name), Printable(d.source), d.bytes,
             CountWeights(d.native.config));
  fmt::print("hash      {}\nfamily    {}\n", HashText(d.hash),
             Printable(config.family));
  fmt::print(
      "shape     width {}, heads {} ({} for keys and values) of {}, mlp {}"
      "\noffsets   {}\nwindows   {}\n",
      config.d_model, config.heads, config.kv_heads, config.head_dim,
      config.d_mlp, InputsText(config.inputs), fmt::join(config.windows, ", "));
  if (!d.native.card.empty()) PrintCard(d.native.card);
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

// list and info.
int Show(const std::vector<std::string>& names, bool full, bool json,
         Talk* talk) {
  int exit = kExitOk;
  std::vector<Description> models;
  std::vector<CheckpointInfo> checkpoints;
  for (const std::string& name : names) {
    if (IsCheckpoint(name)) {
      const Result<CheckpointInfo> info = DescribeCheckpoint(name);
      if (info.ok()) {
        checkpoints.push_back(*info);
      } else {
        exit = std::max<int>(exit, talk->Error(name, info.status()));
      }
      continue;
    }
    Result<Description> model = Describe(name);
    if (model.ok()) {
      models.push_back(std::move(*model));
    } else {
      exit = std::max<int>(exit, talk->Error(name, model.status()));
    }
  }
  if (json) {
    Json all = Json::array();
    for (const Description& model : models) all.push_back(ToJson(model));
    for (const CheckpointInfo& info : checkpoints) {
      all.push_back(Json::parse(InfoJson(info), nullptr, false));
    }
    fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    if (!models.empty() || !full) PrintText(models, full);
    for (const CheckpointInfo& info : checkpoints) {
      fmt::print("{}", InfoText(info));
    }
  }
  return exit;
}

int Verify(const std::vector<std::string>& names, Talk* talk) {
  int exit = kExitOk;
  for (const std::string& name : names) {
    std::vector<std::string> passed;
    Status status;
    if (IsCheckpoint(name)) {
      status = VerifyCheckpoint(name, &passed);
    } else {
      const Result<ModelBytes> bytes = ModelBytes::Open(name);
      status =
          bytes.ok() ? VerifyNative(bytes->get(), &passed) : bytes.status();
    }
    for (const std::string& line : passed) {
      talk->Summary(fmt::format("{}: {}", name, line));
    }
    if (status.ok()) {
      talk->Summary(fmt::format("{}: ok", name));
    } else {
      exit = std::max<int>(exit, talk->Error(name, status));
    }
  }
  return exit;
}

constexpr std::string_view kActions[] = {"list", "info", "verify", "convert",
                                         "quantize"};

// Of weights that are written.
constexpr DType kTypes[] = {DType::kF32,  DType::kF16,  DType::kBf16,
                            DType::kQ8_0, DType::kQ4_0, DType::kQ4_1};

}  // namespace

int RunModel(Args args) {
  static constexpr Syntax kSyntax = {
      "model", "embedded models (list); info, copies, verification of any",
      "[FLAGS] list | info NAME|FILE... | verify NAME|FILE... | "
      "convert [--type TYPE] FOLDER OUT.gguf | "
      "quantize --type TYPE IN.gguf OUT.gguf",
      kJsonFlags | kForceFlags};
  Flags flags;
  ModelCopy copy;
  const ExtraFlag extra[] = {
      {"--type", "TYPE",
       "convert: f32, f16, bf16, or, as for quantize, q8_0, q4_0, q4_1",
       [&](const std::string& text) {
         std::string name = text;
         for (char& c : name) c = static_cast<char>(std::toupper(c));
         const std::optional<DType> dtype = DTypeFromName(name);
         if (!dtype || std::ranges::find(kTypes, *dtype) == std::end(kTypes)) {
           return Status(Code::kInvalidArgument,
                         "is f32, f16, bf16, q8_0, q4_0 or q4_1");
         }
         copy.dtype = *dtype;
         return Status();
       }},
      {"--requantize", "", "quantize: also what is in blocks already",
       [&](const std::string&) {
         copy.requantize = true;
         return Status();
       }}};
  if (const auto exit = ParseFlags(kSyntax, args, &flags, extra)) return *exit;
  const std::string what = flags.files.empty() ? "list" : flags.files[0];
  if (std::ranges::find(kActions, what) == std::end(kActions)) {
    return UsageError("model", fmt::format("'{}' is none of {}", what,
                                           fmt::join(kActions, ", ")));
  }
  std::vector<std::string> names(flags.files.begin() + !flags.files.empty(),
                                 flags.files.end());
  Talk talk(flags.loudness, flags.progress);
  if (what == "convert" || what == "quantize") {
    if (names.size() != 2) {
      return UsageError("model", fmt::format("{} IN OUT.gguf", what));
    }
    if (what == "quantize" && !(copy.dtype && CanQuantize(*copy.dtype))) {
      return UsageError("model", "quantize wants --type q8_0, q4_0 or q4_1");
    }
    copy.in = names[0];
    copy.out = names[1];
    copy.overwrite = flags.force;
    return CopyModel(copy, &talk);
  }
  if (what != "list" && names.empty()) {
    return UsageError("model", fmt::format("{} of which NAME or FILE?", what));
  }
  if (what == "verify") return Verify(names, &talk);
  return Show(names.empty() ? EmbeddedNames() : names, what == "info",
              flags.json, &talk);
}

}  // namespace lentil

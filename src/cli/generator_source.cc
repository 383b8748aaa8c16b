// SPDX-License-Identifier: Apache-2.0
// Makes generators of models, context models and compressors.

#include "cli/generator_source.h"

#include <fmt/format.h>

#include <utility>

#include "bench/code_length.h"
#include "cli/model_source.h"
#include "codec/lane_generator.h"
#include "lentil/lentil.h"

namespace lentil {
namespace {

constexpr int kTableBits = 20;  // of the context models, as -6 has them

}  // namespace

GeneratorKind KindOf(std::string_view from) {
  return from == "model"      ? GeneratorKind::kModel
         : from == "contexts" ? GeneratorKind::kContexts
         : from == "mix"      ? GeneratorKind::kMix
                              : GeneratorKind::kLengths;
}

std::string GeneratorNames() {
  std::string names = "model, contexts, mix";
  for (const CodeLengthKind& kind : CodeLengthKinds()) {
    names += fmt::format(", {}", kind.name);
  }
  return names;
}

Status CheckGeneratorName(const std::string& from) {
  if (KindOf(from) != GeneratorKind::kLengths || FindCodeLength(from)) {
    return Status();
  }
  return Status(
      Code::kInvalidArgument,
      fmt::format("no source '{}'; there are {}", from, GeneratorNames()));
}

Result<std::unique_ptr<Generator>> MakeGenerator(const GeneratorSource& source,
                                                 size_t capacity) {
  const GeneratorKind kind = source.kind();
  if (kind == GeneratorKind::kLengths) {
    LENTIL_RETURN_IF_ERROR(CheckGeneratorName(source.from));
    return std::unique_ptr<Generator>(std::make_unique<LengthGenerator>(
        *FindCodeLength(source.from), source.lengths));
  }
  std::shared_ptr<const Model> model;
  if (kind != GeneratorKind::kContexts) {
    const char* usual = lentil_level_get(LENTIL_DEFAULT_LEVEL)->model;
    LENTIL_ASSIGN_OR_RETURN(
        model, OpenBareModel(source.model.empty() ? usual : source.model));
  }
  const int table_bits = kind == GeneratorKind::kModel ? 0 : kTableBits;
  LENTIL_ASSIGN_OR_RETURN(
      std::unique_ptr<LaneGenerator> lane,
      LaneGenerator::Make(std::move(model), table_bits, capacity));
  return std::unique_ptr<Generator>(std::move(lane));
}

}  // namespace lentil

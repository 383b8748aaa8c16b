// SPDX-License-Identifier: Apache-2.0
// From what -m says to a model.

#include "cli/model_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "capi/embedded_models.h"
#include "cli/exit_code.h"

namespace lentil {

std::vector<std::string> EmbeddedNames() {
  std::vector<std::string> names;
  for (size_t i = 0; lentil_embedded_name(i) != nullptr; ++i) {
    names.emplace_back(lentil_embedded_name(i));
  }
  return names;
}

Status NoSuchModel(const std::string& name) {
  const std::vector<std::string> names = EmbeddedNames();
  return Status(
      Code::kWrongModel,
      fmt::format(
          "no model file '{}' and no embedded model of "
          "that name (embedded: {})",
          name,
          names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

Result<SampleHandle> OpenSample(const std::string& file) {
  // One byte more than a sample may have: the library says what is too much.
  constexpr uint64_t kMost = uint64_t{64} << 20;
  Result<std::vector<uint8_t>> bytes = ReadFile(file, kMost);
  if (!bytes.ok()) return bytes.status().WithContext(file);
  lentil_sample* raw = nullptr;
  const lentil_error error =
      lentil_sample_new(bytes->data(), bytes->size(), &raw);
  const Status status = FromApi(error, lentil_sample_message());
  if (!status.ok()) return status.WithContext(file);
  return SampleHandle(raw);
}

namespace {

// What is no embedded model. The message names the file.
Result<std::vector<uint8_t>> ReadModelFile(const std::string& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return NoSuchModel(file);
  Result<std::vector<uint8_t>> bytes = ReadFile(file, kMaxModelFile);
  if (!bytes.ok()) return bytes.status().WithContext(file);
  return bytes;
}

}  // namespace

Result<ModelHandle> OpenModel(const std::string& name_or_file) {
  lentil_model* raw = nullptr;
  const std::vector<std::string> names = EmbeddedNames();
  if (std::find(names.begin(), names.end(), name_or_file) != names.end()) {
    const lentil_error error =
        lentil_model_embedded(name_or_file.c_str(), &raw);
    LENTIL_RETURN_IF_ERROR(FromApi(error, lentil_model_message()));
    return ModelHandle(raw);
  }
  std::error_code ignored;
  if (!std::filesystem::exists(name_or_file, ignored)) {
    return NoSuchModel(name_or_file);
  }
  const lentil_error error = lentil_model_open(name_or_file.c_str(), &raw);
  const Status status = FromApi(error, lentil_model_message());
  if (!status.ok()) return status.WithContext(name_or_file);
  return ModelHandle(raw);
}

Result<std::shared_ptr<const Model>> OpenBareModel(
    const std::string& name_or_file) {
  if (const EmbeddedFile* embedded = FindEmbeddedFile(name_or_file)) {
    return Model::Parse(embedded->bytes);
  }
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes,
                          ReadModelFile(name_or_file));
  Result<std::shared_ptr<const Model>> model = Model::Parse(bytes);
  if (!model.ok()) return model.status().WithContext(name_or_file);
  return model;
}

}  // namespace lentil

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

Result<ModelBytes> ModelBytes::Open(const std::string& name_or_file) {
  ModelBytes bytes;
  if (const EmbeddedFile* embedded = FindEmbeddedFile(name_or_file)) {
    bytes.embedded_ = embedded->bytes;
    return bytes;
  }
  std::error_code ignored;
  if (!std::filesystem::exists(name_or_file, ignored)) {
    return NoSuchModel(name_or_file);
  }
  LENTIL_ASSIGN_OR_RETURN(bytes.file_, MappedFile::Open(name_or_file));
  if (bytes.get().size() > kMaxModelFile) {
    return Status(Code::kResourceLimit,
                  fmt::format("larger than {} bytes", kMaxModelFile));
  }
  return bytes;
}

Result<std::shared_ptr<const Model>> OpenBareModel(
    const std::string& name_or_file) {
  const Result<ModelBytes> bytes = ModelBytes::Open(name_or_file);
  if (!bytes.ok()) {
    // What is not there is named already.
    return bytes.status().code() == Code::kWrongModel
               ? bytes.status()
               : bytes.status().WithContext(name_or_file);
  }
  Result<std::shared_ptr<const Model>> model = Model::Parse(bytes->get());
  if (!model.ok()) return model.status().WithContext(name_or_file);
  return model;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// From names to what codes.

#include "cli/subject.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "capi/handles.h"
#include "cli/model_source.h"

namespace lentil {
namespace {

constexpr std::string_view kLevel = "level";

Status Charge(const std::string& model_name, Subject* subject) {
  LENTIL_ASSIGN_OR_RETURN(const ModelHandle model, OpenModel(model_name));
  if (model->model->native != nullptr) {
    subject->model = model->model->native->shared_model();
  }
  subject->bytes = lentil_model_size(model.get());
  subject->hash = lentil_model_hash(model.get());
  subject->weights = model->model->weights;
  return Status();
}

Result<Subject> LevelSubject(const std::string& name, const Flags& flags) {
  Subject subject;
  subject.name = name;
  subject.flags = flags;
  subject.flags.level = name.back() - '0';
  subject.flags.model.clear();
  const char* model = lentil_level_get(subject.flags.level)->model;
  if (model != nullptr) LENTIL_RETURN_IF_ERROR(Charge(model, &subject));
  return subject;
}

Result<Subject> ModelSubject(const std::string& name, const Flags& flags) {
  Subject subject;
  subject.name = name;
  subject.flags = flags;
  subject.flags.model = name;
  subject.as_records = true;
  LENTIL_RETURN_IF_ERROR(Charge(name, &subject));
  return subject;
}

Status NoSuchSubject(const std::string& name) {
  std::vector<std::string_view> baselines;
  for (const Baseline& baseline : Baselines()) {
    baselines.push_back(baseline.name);
  }
  return Status(Code::kInvalidArgument,
                fmt::format("no subject '{}'; known are level0 to level9, {}, "
                            "{}, and model files",
                            name, fmt::join(EmbeddedNames(), ", "),
                            fmt::join(baselines, ", ")));
}

Result<Subject> FindSubject(const std::string& name, const Flags& flags) {
  if (name.size() == kLevel.size() + 1 && name.starts_with(kLevel) &&
      name.back() >= '0' && name.back() <= '9') {
    return LevelSubject(name, flags);
  }
  if (const Baseline* baseline = FindBaseline(name)) {
    Subject subject;
    subject.name = name;
    subject.flags = flags;
    subject.baseline = baseline;
    LENTIL_RETURN_IF_ERROR(CoderOf(*baseline, {}).status());
    return subject;
  }
  const std::vector<std::string> models = EmbeddedNames();
  std::error_code ignored;
  if (std::find(models.begin(), models.end(), name) == models.end() &&
      !std::filesystem::exists(name, ignored)) {
    return NoSuchSubject(name);
  }
  return ModelSubject(name, flags);
}

}  // namespace

Result<Subject> SubjectOf(const Flags& flags) {
  Subject subject;
  subject.flags = flags;
  subject.as_records = true;
  const char* of_level = lentil_level_get(flags.level)->model;
  if (flags.model.empty() && of_level == nullptr) {
    subject.name = "zstd";  // of records, and of level 0
    return subject;
  }
  subject.name = flags.model.empty() ? of_level : flags.model;
  subject.flags.model = subject.name;
  LENTIL_RETURN_IF_ERROR(Charge(subject.name, &subject));
  return subject;
}

Result<std::vector<Subject>> FindSubjects(const std::string& list,
                                          const Flags& flags) {
  std::vector<Subject> subjects;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    LENTIL_ASSIGN_OR_RETURN(Subject subject, FindSubject(word, flags));
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// What `lentil eval` is asked about: a model, a level, or a baseline.

#ifndef LENTIL_CLI_SUBJECT_H_
#define LENTIL_CLI_SUBJECT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "bench/baseline.h"
#include "cli/flags.h"
#include "model/model.h"

namespace lentil {

struct Subject {
  std::string name;
  Flags flags;  // for lentil: level, model, threads
  // Pieces are records of the model (or of zstd), coded without context models,
  // length or checksum; else containers.
  bool as_records = false;
  const Baseline* baseline = nullptr;  // or one of these

  // The model that is charged; null if there is none.
  std::shared_ptr<const Model> model;
  uint64_t bytes = 0;  // as stored
  uint64_t weights = 0;
  uint64_t hash = 0;
};

// The one that -m or the level means.
Result<Subject> SubjectOf(const Flags& flags);

// Those that `list` names between commas: "level0" … "level9", a baseline, an
// embedded model, or a model file; first come first served. kInvalidArgument
// for an empty name or one that means nothing, with the known ones.
Result<std::vector<Subject>> FindSubjects(const std::string& list,
                                          const Flags& flags);

}  // namespace lentil

#endif  // LENTIL_CLI_SUBJECT_H_

// SPDX-License-Identifier: Apache-2.0
// The exhibits of "Language Modeling Is Compression" (Delétang et al. 2024),
// made again: one file and one row of the table in experiment.cc each.

#ifndef LENTIL_CLI_REPRO_EXPERIMENT_H_
#define LENTIL_CLI_REPRO_EXPERIMENT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/eval_data.h"
#include "cli/evaluation.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/talk.h"
#include "data/media/data_set.h"
#include "report/report.h"

namespace lentil {

struct ReproOptions {
  std::vector<std::string> text;  // files and folders of each kind
  std::vector<std::string> images;
  std::vector<std::string> audio;
  std::vector<std::string> train_text;  // for what trains; else part of `text`
  uint64_t train_bytes = 0;  // of each model; 0 = what the experiment takes
  std::string models;        // between commas; the embedded ones if ""
  bool quick = false;        // a minute's version
  uint64_t chunks = 0;       // of each set; 0 = what the experiment takes
  uint64_t seed = 1;
  uint64_t memory = 0;  // of -M: bytes of data that are held; 0 = not given
  std::string folder;   // where pictures and sound are written; "" = nowhere
  Flags flags;          // threads
};

// What an experiment has to work with.
class Repro {
 public:
  Repro(const ReproOptions& options, Talk* talk)
      : options_(options), talk_(talk) {}

  const ReproOptions& options() const { return options_; }
  Talk* talk() { return talk_; }

  // Chunks of a set: `many`, or fewer with --quick or as --chunks says.
  uint64_t Chunks(uint64_t many) const;
  // That many chunks of 2048 bytes, none if no files of that kind were named or
  // none of them can be used. Those that cannot have been reported.
  Result<std::optional<EvalData>> Read(SetKind kind, uint64_t chunks);
  // The models, in order.
  Result<std::vector<Subject>> Models() const;
  // Those of `list` that this build has.
  Result<std::vector<Subject>> Subjects(const std::string& list) const;
  // The highest exit code of what was reported.
  int exit() const { return exit_; }

 private:
  const ReproOptions& options_;
  Talk* talk_;
  int exit_ = kExitOk;
};

struct Experiment {
  std::string_view name;   // "lmic-table1"
  std::string_view title;  // what it asks
  Result<std::vector<Table>> (*run)(Repro* repro);
};

std::span<const Experiment> Experiments();

// The one of that name, or nullptr.
const Experiment* FindExperiment(std::string_view name);

Result<std::vector<Table>> ReproTable1(Repro* repro);
Result<std::vector<Table>> ReproContext(Repro* repro);
Result<std::vector<Table>> ReproWindow(Repro* repro);
Result<std::vector<Table>> ReproScaling(Repro* repro);
Result<std::vector<Table>> ReproTokenization(Repro* repro);
Result<std::vector<Table>> ReproGeneration(Repro* repro);

}  // namespace lentil

#endif  // LENTIL_CLI_REPRO_EXPERIMENT_H_

// SPDX-License-Identifier: Apache-2.0
// Every subject on the same data.

#ifndef LENTIL_CLI_EVALUATION_H_
#define LENTIL_CLI_EVALUATION_H_

#include <string>
#include <vector>

#include "base/status.h"
#include "cli/eval_data.h"
#include "cli/score.h"
#include "cli/subject.h"
#include "cli/talk.h"

namespace lentil {

struct EvalRow {
  std::string file;
  Score score;
};

struct EvalResult {
  Subject subject;
  std::vector<EvalRow> rows;
};

// What is asked besides the size.
struct EvalExtras {
  std::optional<SetKind> mask_as;  // rates as the paper counts them
  bool positions = false;          // of models: bits by position
};

// Adds a row to every result, or to none.
class Evaluation {
 public:
  Evaluation(std::vector<Subject> subjects, const EvalExtras& extras,
             Talk* talk);

  // Pieces of `chunk` bytes, 0 = whole. Reports what fails; returns the exit
  // code.
  int Add(const EvalData& data, uint64_t chunk);

  const std::vector<EvalResult>& results() const { return results_; }

 private:
  Result<Score> ScoreAll(const Subject& subject, const EvalData& data,
                         uint64_t chunk) const;

  const EvalExtras extras_;
  Talk* talk_;
  std::vector<EvalResult> results_;
};

}  // namespace lentil

#endif  // LENTIL_CLI_EVALUATION_H_

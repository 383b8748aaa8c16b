// SPDX-License-Identifier: Apache-2.0
// The figures of `lentil eval` as JSON and as a report.

#ifndef LENTIL_CLI_EVAL_REPORT_H_
#define LENTIL_CLI_EVAL_REPORT_H_

#include <string>
#include <vector>

#include "cli/eval_data.h"
#include "cli/evaluation.h"
#include "report/report.h"

namespace lentil {

// For --json: the members of the one subject, or with `list` an array of
// "subjects". Ends with a line break.
std::string EvalJson(const std::vector<EvalResult>& results, const EvalCut& cut,
                     bool list);

// One table: files and subjects, and the sums of several files.
Report EvalReport(const std::vector<EvalResult>& results, const EvalCut& cut);

// Code lengths by position: a row for each subject, file and position.
Table PositionTable(const std::vector<EvalResult>& results);

}  // namespace lentil

#endif  // LENTIL_CLI_EVAL_REPORT_H_

// SPDX-License-Identifier: Apache-2.0
// The findings of `lentil contamination` as a report.

#ifndef LENTIL_CLI_CONTAMINATION_REPORT_H_
#define LENTIL_CLI_CONTAMINATION_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "bench/contamination.h"
#include "report/report.h"

namespace lentil {

struct ContaminationRow {
  std::string file;
  ContaminationSample sample;
  ContaminationSignals signals;
  ContaminationScore score;
  std::optional<bool> is_known;  // to be in the training data; by --known
};

struct ContaminationFindings {
  std::string model;
  std::vector<ContaminationRow> rows;
  size_t references = 0;
  uint64_t limit = 0;  // bytes of a text that were used
  uint64_t seed = 0;
};

// Most suspicious first. With known files also the ROC, as a second table, and
// the areas under those of each signal. What the figures can and cannot show
// stands below them.
Report ContaminationReport(const ContaminationFindings& findings);

}  // namespace lentil

#endif  // LENTIL_CLI_CONTAMINATION_REPORT_H_

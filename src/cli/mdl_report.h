// SPDX-License-Identifier: Apache-2.0
// The findings of `lentil mdl` as a report.

#ifndef LENTIL_CLI_MDL_REPORT_H_
#define LENTIL_CLI_MDL_REPORT_H_

#include <vector>

#include "cli/mdl_sizes.h"
#include "report/report.h"

namespace lentil {

struct MdlFindings {
  uint64_t bytes = 0;  // of data
  uint64_t seed = 0;
  uint32_t epochs = 0;
  std::vector<MdlSize> sizes;  // not empty
  std::vector<MdlControl> controls;
};

// Two tables: sizes with their description lengths, the least of each kind
// named, and the prequential curves.
Report MdlReport(const MdlFindings& findings);

}  // namespace lentil

#endif  // LENTIL_CLI_MDL_REPORT_H_

// SPDX-License-Identifier: Apache-2.0
// What `lentil contamination` reads and measures.

#ifndef LENTIL_CLI_CONTAMINATION_DATA_H_
#define LENTIL_CLI_CONTAMINATION_DATA_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "bench/contamination.h"
#include "cli/flags.h"
#include "cli/talk.h"
#include "model/model.h"
#include "train/data_file.h"

namespace lentil {

// Texts of fewer bytes say nothing.
inline constexpr uint64_t kLeastText = 512;

struct NamedText {
  std::string name;
  std::vector<uint8_t> bytes;
};

// A file's first bytes, at most `limit`; .xz and .zst count for what is in
// them; "-" is standard input. What lies behind is not read. kInvalidArgument
// if it has less than kLeastText, kResourceLimit if the budget is spent.
// Messages name the file.
Result<NamedText> ReadText(const std::string& name, uint64_t limit,
                           DataBudget* budget);

// The same of a file or of every file below a folder, in order of their names;
// what is too short is left out with a note.
Status AppendTexts(const std::string& path, uint64_t limit, DataBudget* budget,
                   Talk* talk, std::vector<NamedText>* texts);

struct ContaminationOptions {
  std::shared_ptr<const Model> model;
  uint64_t seed = 1;  // of the controls
  int threads = 1;
};

// Measures each text: the model's surprisals of it as one lane (far context
// through the sliding window), and the size of what level 1 writes, decoded and
// compared. Both see whole texts, so that repeats within a text count for both.
// `callback` hears how many are done, from one thread at a time. The result
// does not depend on threads. Time: three passes of model and of level 1 over a
// text.
Result<std::vector<ContaminationSample>> MeasureContamination(
    std::span<const NamedText> texts, const ContaminationOptions& options,
    const std::function<void(size_t)>& callback);

}  // namespace lentil

#endif  // LENTIL_CLI_CONTAMINATION_DATA_H_

// SPDX-License-Identifier: Apache-2.0
// Files of findings, such as --html and --csv write at the end.

#ifndef LENTIL_CLI_LATE_FILES_H_
#define LENTIL_CLI_LATE_FILES_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/output.h"
#include "cli/talk.h"

namespace lentil {

class LateFiles {
 public:
  LateFiles(const Flags& flags, Talk* talk) : flags_(flags), talk_(talk) {}

  // Before the work, so that a name that cannot be written is told first; an
  // empty one is not wanted, "-" is standard output. None may be an input or
  // stand twice. Until Write nothing is left on the disk. Returns the exit
  // code, having reported.
  int Check(std::span<const std::string> paths);

  bool is_wanted(size_t i) const { return !paths_[i].empty(); }

  // Writes file i of those checked, if it is wanted. Returns the exit code.
  int Write(size_t i, const std::string& text);

 private:
  Status CheckOne(const std::string& path, OutputOptions* options);

  const Flags& flags_;
  Talk* talk_;
  std::vector<std::string> paths_;
  std::vector<OutputOptions> options_;
};

}  // namespace lentil

#endif  // LENTIL_CLI_LATE_FILES_H_

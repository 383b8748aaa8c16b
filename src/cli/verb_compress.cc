// SPDX-License-Identifier: Apache-2.0
// lentil compress: FILE becomes FILE.ltl.

#include "cli/job.h"
#include "cli/verb.h"

namespace lentil {

int RunCompress(Args args) {
  static constexpr Syntax kSyntax = {
      "compress",
      "FILE becomes FILE.ltl; standard input goes to standard output",
      "[FLAGS] [FILE...]",
      kFileFlags | kOutputFlags | kForceFlags | kLevelFlags | kThreadFlags |
          kMemoryFlags | kModelFlags | kVerifyFlags | kSplitFlags |
          kSampleFlags};
  Flags flags;
  if (const auto exit = ParseFlags(kSyntax, args, &flags)) return *exit;
  if (!flags.sample.empty() && flags.records == LENTIL_RECORDS_NONE) {
    return UsageError("compress", "--sample needs --records");
  }
  Work work;
  work.compress = true;
  work.target = [](const std::string& name) -> Result<std::string> {
    return name + std::string(kSuffix);
  };
  work.wants = [](const std::string& name) { return !name.ends_with(kSuffix); };
  return RunWork(flags, kSyntax, work);
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Files of findings, such as --html and --csv write at the end.

#include "cli/late_files.h"

#include <algorithm>
#include <cstdio>

#include "cli/input.h"

namespace lentil {

int LateFiles::Check(std::span<const std::string> paths) {
  for (const std::string& path : paths) {
    OutputOptions options = {.overwrite = flags_.force};
    const Status status = CheckOne(path, &options);
    if (!status.ok()) {
      return talk_->Error(path, status, OutputAdvice(status));
    }
    paths_.push_back(path);
    options_.push_back(options);
  }
  return kExitOk;
}

Status LateFiles::CheckOne(const std::string& path, OutputOptions* options) {
  if (path.empty() || path == kStdin) return Status();
  if (std::find(paths_.begin(), paths_.end(), path) != paths_.end()) {
    return Status(Code::kInvalidArgument, "is named for two outputs");
  }
  for (const std::string& name : flags_.files) {
    if (NameOneFile(name, path)) {
      return Status(Code::kInvalidArgument, "is an input as well");
    }
  }
  const Status status = CheckOutput(path, *options).status();
  if (status.code() != Code::kExists ||
      !talk_->Confirm(path + " already exists; overwrite it?")) {
    return status;
  }
  options->overwrite = true;
  return CheckOutput(path, *options).status();
}

int LateFiles::Write(size_t i, const std::string& text) {
  if (!is_wanted(i)) return kExitOk;
  std::fflush(stdout);  // a stream may be the same
  Result<Output> output = paths_[i] == kStdin
                              ? Output::ToStdout()
                              : Output::ToFile(paths_[i], options_[i]);
  Status status = output.status();
  if (status.ok()) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    status = output->Write({bytes, text.size()});
  }
  if (status.ok()) status = output->Commit(nullptr);
  if (status.ok()) return kExitOk;
  return talk_->Error(paths_[i], status, OutputAdvice(status));
}

}  // namespace lentil

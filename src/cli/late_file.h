// SPDX-License-Identifier: Apache-2.0
// A file of findings, such as --html writes.

#ifndef LENTIL_CLI_LATE_FILE_H_
#define LENTIL_CLI_LATE_FILE_H_

#include <optional>
#include <string>

#include "base/file.h"
#include "cli/talk.h"

namespace lentil {

// Held open from before the work: a name that cannot be written is told first.
class LateFile {
 public:
  // "" = none: then nothing is ever written.
  Status Open(const std::string& path, bool overwrite) {
    path_ = path;
    if (path.empty()) return Status();
    Result<AtomicFile> file = AtomicFile::Create(path, overwrite);
    if (!file.ok()) return file.status();
    file_.emplace(std::move(*file));
    return Status();
  }

  bool is_wanted() const { return file_.has_value(); }

  Status Write(const std::string& text) {
    if (!file_) return Status();
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    LENTIL_RETURN_IF_ERROR(file_->Write({bytes, text.size()}));
    return file_->Commit();
  }

  // Reports an error of Open or Write; returns the exit code.
  int Report(const Status& status, Talk* talk) const {
    if (status.ok()) return kExitOk;
    return talk->Error(
        path_, status,
        status.code() == Code::kExists ? "pass -f to overwrite" : "");
  }

 private:
  std::string path_;
  std::optional<AtomicFile> file_;
};

}  // namespace lentil

#endif  // LENTIL_CLI_LATE_FILE_H_

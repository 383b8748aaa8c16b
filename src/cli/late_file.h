// SPDX-License-Identifier: Apache-2.0
// A file of findings, such as --html writes.

#ifndef LENTIL_CLI_LATE_FILE_H_
#define LENTIL_CLI_LATE_FILE_H_

#include <string>

#include "base/file.h"
#include "cli/talk.h"

namespace lentil {

// Tried before the work, so that a name that cannot be written is told first;
// until Write nothing is left on the disk that a signal would have to remove.
class LateFile {
 public:
  // "" = none: then nothing is ever written.
  Status Open(const std::string& path, bool overwrite) {
    path_ = path;
    overwrite_ = overwrite;
    if (!is_wanted()) return Status();
    return AtomicFile::Create(path_, overwrite_).status();
  }

  bool is_wanted() const { return !path_.empty(); }

  Status Write(const std::string& text) {
    if (!is_wanted()) return Status();
    LENTIL_ASSIGN_OR_RETURN(AtomicFile file,
                            AtomicFile::Create(path_, overwrite_));
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    LENTIL_RETURN_IF_ERROR(file.Write({bytes, text.size()}));
    return file.Commit();
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
  bool overwrite_ = false;
};

}  // namespace lentil

#endif  // LENTIL_CLI_LATE_FILE_H_

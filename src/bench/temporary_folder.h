// SPDX-License-Identifier: Apache-2.0
// A private folder that goes away with all that is in it.

#ifndef LENTIL_BENCH_TEMPORARY_FOLDER_H_
#define LENTIL_BENCH_TEMPORARY_FOLDER_H_

#include <string>
#include <utility>

#include "base/status.h"

namespace lentil {

class TemporaryFolder {
 public:
  // A new folder in $TMPDIR or else /tmp that only its user can enter.
  static Result<TemporaryFolder> Create();
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder&& other) noexcept
      : path_(std::exchange(other.path_, "")) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  const std::string& path() const { return path_; }  // absolute

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace lentil

#endif  // LENTIL_BENCH_TEMPORARY_FOLDER_H_

// SPDX-License-Identifier: Apache-2.0
// A private folder that goes away with all that is in it.

#include "bench/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/file.h"

namespace lentil {

Result<TemporaryFolder> TemporaryFolder::Create() {
  const char* wanted = std::getenv("TMPDIR");
  const std::string parent =
      wanted != nullptr && *wanted != '\0' ? wanted : "/tmp";
  std::error_code error;
  std::string path = std::filesystem::absolute(parent, error).string() +
                     "/lentil-bench-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    return ErrnoStatus("cannot make a folder in " + parent, errno);
  }
  return TemporaryFolder(std::move(path));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace lentil

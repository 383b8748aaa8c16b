// SPDX-License-Identifier: Apache-2.0
// Where bytes go by name: the one way to open an output.
//
// Messages do not name the path (the caller does) but keep the system's words.

#ifndef LENTIL_BASE_OUTPUT_FILE_H_
#define LENTIL_BASE_OUTPUT_FILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace lentil {

// Owner, rights and times that a file may take over from another.
struct FileAttributes {
  uint32_t owner = 0;
  uint32_t group = 0;
  uint32_t mode = 0;  // the nine bits of rwxrwxrwx
  int64_t read_seconds = 0;
  int64_t read_nanoseconds = 0;
  int64_t change_seconds = 0;
  int64_t change_nanoseconds = 0;
};

// Of an open descriptor. Where an access control list says more than the mode,
// only the owner's rights are told: what the mode has for the group is then the
// list's mask, and others may be shut out by name. kIo if it cannot be asked.
Result<FileAttributes> AttributesOf(int fd);

struct OutputOptions {
  bool overwrite = false;  // what stands there already
  uint32_t mode = 0666;    // as for open(2), before the umask
};

// A regular file is written aside, without a name where the file system can do
// that, and appears when it is whole: by Commit. Without it nothing stays. A
// symbolic link to one, or to nothing, is replaced and not followed. What is
// there and is no file (a device, a pipe) and open descriptors (/dev/fd/N,
// /dev/stdout, /dev/stderr) are written as they are, at once; but not where
// somebody else has put them, or a link to them, into a folder that everybody
// may write to.
class OutputFile {
 public:
  // kExists for a file or a link without `overwrite`, which Commit asks again
  // without a race. A pipe is waited for until somebody reads it.
  static Result<OutputFile> Open(const std::string& path,
                                 OutputOptions options = {});
  ~OutputFile();
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;

  // A file that Commit lets appear.
  bool is_file() const { return is_file_; }
  // The name it has meanwhile; "" if none.
  const std::string& temporary_path() const { return temporary_; }
  // Bytes that were written, those of a failed Write included.
  uint64_t written() const { return written_; }

  Status Write(std::span<const uint8_t> bytes);
  // A file gets these as far as the system lets it. Rights that would go to
  // another group, because the group cannot be kept, are taken away.
  void TakeOver(const FileAttributes& attributes);
  // Flushes a file to the disk; for a caller that wants this slow part apart
  // from Commit, which otherwise does it.
  Status Flush();
  // After it, successful or not, the object is empty.
  Status Commit();

 private:
  OutputFile() = default;
  static Result<OutputFile> Stream(int fd);
  static Result<OutputFile> Aside(const std::string& path,
                                  const OutputOptions& options);
  Status OpenNamed();
  Status CopyToNamed();
  Status AppearAsNew();
  Status AppearOver();
  bool LinkAs(const std::string& name) const;
  Status RenameNamed();
  void Discard();

  int fd_ = -1;
  bool is_file_ = false;
  bool flushed_ = false;
  OutputOptions options_;
  std::string path_;
  std::string temporary_;
  uint64_t written_ = 0;
};

enum class OutputKind { kFile, kStream };

// What Open would open, or why it or Commit would fail, as far as can be told
// without leaving a trace; for work of hours before its output. A pipe is not
// waited for.
Result<OutputKind> CheckOutput(const std::string& path,
                               const OutputOptions& options);

// Writes all of a file, overwriting.
Status WriteFile(const std::string& path, std::span<const uint8_t> bytes);

// Whether a file's name is one that unfinished files have: where a file system
// knows only files with names, SIGKILL and a loss of power may leave one.
bool IsUnfinishedName(std::string_view file_name);

}  // namespace lentil

#endif  // LENTIL_BASE_OUTPUT_FILE_H_

// SPDX-License-Identifier: Apache-2.0
// Where a verb's bytes come from: the files named, or standard input.

#ifndef LENTIL_CLI_INPUT_H_
#define LENTIL_CLI_INPUT_H_

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/output_file.h"
#include "base/status.h"
#include "cli/flags.h"
#include "cli/talk.h"

namespace lentil {

inline constexpr std::string_view kSuffix = ".ltl";
inline constexpr std::string_view kStdin = "-";

// What messages call an input.
std::string_view DisplayName(std::string_view name);

// One open input.
class Input {
 public:
  // "-" is standard input. kIo for directories and what cannot be read.
  static Result<Input> Open(const std::string& name);
  ~Input();
  Input(Input&& other) noexcept;
  Input& operator=(Input&&) = delete;

  const std::string& name() const { return name_; }  // for messages
  const std::string& path() const { return path_; }  // as it was given
  int fd() const { return fd_; }
  bool is_stdin() const { return path_ == kStdin; }
  // A regular file, of which any part can be read.
  bool is_regular() const { return S_ISREG(stat_.st_mode); }
  // Bytes of a regular file, else 0.
  uint64_t size() const {
    return is_regular() ? static_cast<uint64_t>(stat_.st_size) : 0;
  }
  // As it was when it was opened.
  const struct stat& stat() const { return stat_; }
  const FileAttributes& attributes() const { return attributes_; }
  // Whether `path` leads to this regular file.
  bool IsNamed(const std::string& path) const;
  // By Read.
  uint64_t bytes_read() const { return bytes_read_; }

  // Fills `buffer` but for the end, where it returns fewer bytes.
  Result<size_t> Read(std::span<uint8_t> buffer);
  // Fills `buffer` from `offset` of a regular file; kIo if it ends before.
  Status ReadAt(uint64_t offset, std::span<uint8_t> buffer);

 private:
  Input(std::string path, int fd)
      : name_(DisplayName(path)), path_(std::move(path)), fd_(fd) {}

  std::string name_;
  std::string path_;
  int fd_;
  struct stat stat_ = {};
  FileAttributes attributes_;
  uint64_t bytes_read_ = 0;
};

// Whether both lead to the same regular file.
bool NameOneFile(const std::string& a, const std::string& b);

// The inputs that flags.files mean: themselves, with -r what is in directories,
// in byte order; standard input if none were named. `wants` chooses among the
// files found in directories. What cannot be used is reported, and raises
// `*exit`; the rest is returned.
std::vector<std::string> ExpandInputs(
    const Flags& flags, const std::function<bool(const std::string&)>& wants,
    Talk* talk, int* exit);

}  // namespace lentil

#endif  // LENTIL_CLI_INPUT_H_

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
  bool is_stdin() const { return is_stdin_; }
  // A regular file, of which any part can be read.
  bool is_regular() const { return S_ISREG(stat_.st_mode); }
  // Bytes of a regular file, else 0.
  uint64_t size() const {
    return is_regular() ? static_cast<uint64_t>(stat_.st_size) : 0;
  }
  const struct stat& stat() const { return stat_; }

  // Fills `buffer` but for the end, where it returns fewer bytes.
  Result<size_t> Read(std::span<uint8_t> buffer);
  // Fills `buffer` from `offset` of a regular file; kIo if it ends before.
  Status ReadAt(uint64_t offset, std::span<uint8_t> buffer);

 private:
  Input(std::string name, int fd, bool is_stdin)
      : name_(std::move(name)), fd_(fd), is_stdin_(is_stdin) {}

  std::string name_;
  int fd_;
  bool is_stdin_;
  struct stat stat_ = {};
};

// The inputs that flags.files mean: themselves, with -r what is in directories,
// in byte order; standard input if none were named. `wants` chooses among the
// files found in directories. What cannot be used is reported, and raises
// `*exit`; the rest is returned.
std::vector<std::string> ExpandInputs(
    const Flags& flags, const std::function<bool(const std::string&)>& wants,
    Talk* talk, int* exit);

}  // namespace lentil

#endif  // LENTIL_CLI_INPUT_H_

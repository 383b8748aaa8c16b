// SPDX-License-Identifier: Apache-2.0
// lentil decompress and its short forms cat and test.

#include "cli/job.h"
#include "cli/verb.h"

namespace lentil {
namespace {

constexpr unsigned kDecodeFlags = kFileFlags | kThreadFlags | kMemoryFlags |
                                  kModelFlags | kRangeFlags | kSalvageFlags |
                                  kSampleFlags | kRecordFlags;

bool IsContainerName(const std::string& name) {
  const std::string_view file =
      std::string_view(name).substr(name.rfind('/') + 1);  // all without '/'
  return file.ends_with(kSuffix) && file.size() > kSuffix.size();
}

Result<std::string> RestoredName(const std::string& name) {
  if (IsContainerName(name)) {
    return name.substr(0, name.size() - kSuffix.size());
  }
  return Status(Code::kInvalidArgument,
                "name is no NAME.ltl; pass -o FILE or -c");
}

Work Decoding() {
  Work work;
  work.target = RestoredName;
  work.wants = IsContainerName;
  return work;
}

}  // namespace

int RunDecompress(Args args) {
  static constexpr Syntax kSyntax = {
      "decompress",
      "FILE.ltl becomes FILE; standard input goes to standard output",
      "[FLAGS] [FILE...]", kDecodeFlags | kOutputFlags | kForceFlags};
  Flags flags;
  if (const auto exit = ParseFlags(kSyntax, args, &flags)) return *exit;
  return RunWork(flags, kSyntax, Decoding());
}

int RunCat(Args args) {
  static constexpr Syntax kSyntax = {
      "cat", "restore to standard output, whatever the names",
      "[FLAGS] [FILE...]", kDecodeFlags};
  Flags flags;
  if (const auto exit = ParseFlags(kSyntax, args, &flags)) return *exit;
  flags.to_stdout = true;
  return RunWork(flags, kSyntax, Decoding());
}

int RunTest(Args args) {
  static constexpr Syntax kSyntax = {
      "test", "restore to nothing and check every checksum",
      "[FLAGS] [FILE...]",
      kFileFlags | kThreadFlags | kMemoryFlags | kModelFlags | kSampleFlags};
  Flags flags;
  if (const auto exit = ParseFlags(kSyntax, args, &flags)) return *exit;
  Work work = Decoding();
  work.keep_nothing = true;
  return RunWork(flags, kSyntax, work);
}

}  // namespace lentil

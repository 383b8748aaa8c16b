// SPDX-License-Identifier: Apache-2.0
// lentil: looks a verb up and runs it.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file.h"
#include "cli/signals.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "lentil/lentil.h"

namespace lentil {
namespace {

constexpr Verb kEveryDay[] = {
    {"compress", "FILE becomes FILE.ltl", RunCompress},
    {"decompress", "FILE.ltl becomes FILE again", RunDecompress},
    {"cat", "restore to standard output", RunCat},
    {"test", "restore to nothing: are the files whole?", RunTest},
    {"list", "sizes, frames and models of .ltl files", RunList},
    {"bench", "lentil beside other compressors: size, speed, memory", RunBench},
    {"selftest", "does this machine compute as the format asks?", RunSelftest},
};
constexpr Verb kModels[] = {
    {"model", "what is embedded; info, verify, convert, quantize", RunModel},
    {"train", "make a model from files", RunTrain},
    {"generate", "a continuation, drawn from a model or a compressor",
     RunGenerate},
};
constexpr Verb kResearch[] = {
    {"eval", "bits per byte of a model on files, decoded and compared",
     RunEval},
    {"contamination", "does a model know these texts too well?",
     RunContamination},
    {"mdl", "which size of model do these data deserve?", RunMdl},
    {"repro", "a paper's tables and figures again, with ours beside them",
     RunRepro},
};

struct VerbGroup {
  std::string_view title;
  std::span<const Verb> verbs;
};

constexpr VerbGroup kGroups[] = {
    {"Every day", kEveryDay}, {"Models", kModels}, {"Research", kResearch}};

// Calls visit(verb) for all.
template <class Visit>
void ForEachVerb(const Visit& visit) {
  for (const VerbGroup& group : kGroups) {
    for (const Verb& verb : group.verbs) visit(verb);
  }
}

const Verb* FindVerb(std::string_view name) {
  const Verb* found = nullptr;
  ForEachVerb([&](const Verb& verb) {
    if (verb.name == name) found = &verb;
  });
  return found;
}

void PrintUsage(std::FILE* out) {
  fmt::print(out,
             "lentil {}: lossless compression with an embedded transformer\n"
             "usage: lentil VERB [FLAGS] [FILE...]\n\n",
             lentil_version());
  for (const VerbGroup& group : kGroups) {
    fmt::print(out, "{}\n", group.title);
    for (const Verb& verb : group.verbs) {
      fmt::print(out, "  {:<15}{}\n", verb.name, verb.summary);
    }
    fmt::print(out, "\n");
  }
  fmt::print(out, "'lentil VERB --help' lists the flags of a verb\n");
}

// Standard streams that the caller closed become descriptors that fail to be
// read or written. Otherwise the first file opened would take their place, and
// messages would be written into it.
void FillStandardStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free descriptor is this one.
    (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

// Reports why standard output could not be written and returns the exit code.
// Whoever closed a pipe has had enough.
int StdoutFailed(int exit, int error_number) {
  exit = std::max<int>(exit, kExitFailed);
  if (error_number != EPIPE) {
    const Status status = ErrnoStatus("cannot write", error_number);
    std::fprintf(stderr, "lentil: standard output: %s (exit %d)\n",
                 status.message().c_str(), exit);
  }
  return exit;
}

int Unexpected(const std::exception& error) {
  std::fprintf(stderr, "lentil: %s (exit 1)\n", error.what());
  return kExitFailed;
}

int UnknownVerb(const std::string& word) {
  std::vector<std::string_view> names;
  ForEachVerb([&](const Verb& verb) { names.push_back(verb.name); });
  const std::string_view nearest = Nearest(word, names);
  return UsageError(
      "", nearest.empty() ? fmt::format("unknown verb '{}'", word)
                          : fmt::format("unknown verb '{}'; did you mean '{}'?",
                                        word, nearest));
}

int Main(const std::vector<std::string>& words) {
  const std::string first = words.empty() ? "" : words[0];
  if (first.empty()) {
    PrintUsage(stderr);
    return kExitUsage;
  }
  if (first == "help" && words.size() == 2) return Main({words[1], "--help"});
  if (first == "-h" || first == "--help" || first == "help") {
    PrintUsage(stdout);
    return kExitOk;
  }
  if (first == "-V" || first == "--version") {
    fmt::print("lentil {}\n", lentil_version());
    return kExitOk;
  }
  const Verb* const verb = FindVerb(first);
  return verb != nullptr ? verb->run(Args(words).subspan(1))
                         : UnknownVerb(first);
}

}  // namespace
}  // namespace lentil

// Whatever libraries throw ends here, as an exit code and a message.
int main(int argc, char** argv) {
  lentil::FillStandardStreams();
  lentil::InstallSignalHandlers();
  try {
    const int exit = lentil::Main({argv + 1, argv + argc});
    // A full disk behind standard output shows up at the last flush.
    return std::fflush(stdout) == 0 ? exit : lentil::StdoutFailed(exit, errno);
  } catch (const std::system_error& error) {
    return std::ferror(stdout) != 0
               ? lentil::StdoutFailed(lentil::kExitOk, error.code().value())
               : lentil::Unexpected(error);
  } catch (const std::exception& error) {
    return lentil::Unexpected(error);
  }
}

// SPDX-License-Identifier: Apache-2.0
// lentil: looks a verb up and runs it.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/signals.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "lentil/lentil.h"

namespace lentil {
namespace {

constexpr Verb kVerbs[] = {
    {"compress", "FILE becomes FILE.ltl", RunCompress},
    {"decompress", "FILE.ltl becomes FILE again", RunDecompress},
    {"cat", "restore to standard output", RunCat},
    {"test", "restore to nothing: are the files whole?", RunTest},
    {"list", "sizes, frames and models of .ltl files", RunList},
    {"eval", "bits per byte of a model on files, decoded and compared",
     RunEval},
    {"model", "embedded models and model files", RunModel},
    {"selftest", "does this machine compute as the format asks?", RunSelftest},
    {"train", "make a model from files", RunTrain},
};

void PrintUsage(std::FILE* out) {
  fmt::print(out,
             "lentil {}: lossless compression with an embedded transformer\n"
             "usage: lentil VERB [FLAGS] [FILE...]\n\n",
             lentil_version());
  for (const Verb& verb : kVerbs) {
    fmt::print(out, "  {:<12}{}\n", verb.name, verb.summary);
  }
  fmt::print(out, "\n'lentil VERB --help' lists the flags of a verb\n");
}

int UnknownVerb(const std::string& word) {
  std::vector<std::string_view> names;
  for (const Verb& verb : kVerbs) names.push_back(verb.name);
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
  if (first == "-h" || first == "--help" || first == "help") {
    PrintUsage(stdout);
    return kExitOk;
  }
  if (first == "-V" || first == "--version") {
    fmt::print("lentil {}\n", lentil_version());
    return kExitOk;
  }
  for (const Verb& verb : kVerbs) {
    if (verb.name == first) return verb.run(Args(words).subspan(1));
  }
  return UnknownVerb(first);
}

}  // namespace
}  // namespace lentil

// Whatever libraries throw ends here, as an exit code and a message.
int main(int argc, char** argv) {
  lentil::InstallSignalHandlers();
  try {
    const int exit = lentil::Main({argv + 1, argv + argc});
    // A full disk behind standard output shows up at the last flush.
    return std::fflush(stdout) == 0 ? exit
                                    : std::max<int>(exit, lentil::kExitFailed);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lentil: %s (exit 1)\n", error.what());
    return lentil::kExitFailed;
  }
}

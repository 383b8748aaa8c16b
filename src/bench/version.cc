// SPDX-License-Identifier: Apache-2.0
// Which version of a compressor it is that was measured.

#include "bench/version.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <vector>

#include "bench/temporary_folder.h"

namespace lentil {
namespace {

constexpr size_t kMostText = 4096;      // bytes read of what a program says
constexpr size_t kLongestVersion = 40;  // more is none
constexpr int kNotStarted = 126;        // from here on shells and loaders speak

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kPunctuation = ".-+_~";

bool Clings(char c) {  // ASCII whatever the locale
  return kDigits.find(c) != std::string_view::npos || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') ||
         kPunctuation.find(c) != std::string_view::npos;
}

std::string_view FirstLine(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text.substr(0, text.find('\n'));
}

// A number with a point begins `text`.
bool BeginsVersion(std::string_view text) {
  const size_t point = text.find_first_not_of(kDigits);
  return point != 0 && point != std::string_view::npos && text[point] == '.' &&
         text.find_first_of(kDigits, point) == point + 1;
}

// The start of a file, which may be missing.
std::string Start(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostText, '\0');
  file.read(text.data(), kMostText);
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

// Some print it as an error, and some return one from their usage page.
std::string AskVersion(const std::vector<std::string>& words, double time_limit,
                       const std::string& folder, Interrupt* interrupt) {
  Command command;
  command.words = words;
  command.output = folder + "/output";
  command.errors = folder + "/errors";
  command.environment = {"TMPDIR=" + folder};
  command.time_limit = time_limit;
  const Result<Outcome> outcome = RunChild(command, interrupt);
  if (!outcome.ok() || outcome->timed_out || outcome->signal != 0) return "";
  const bool is_usage_page = words.size() == 1;
  if (outcome->exit_code >= (is_usage_page ? kNotStarted : 1)) return "";
  const std::string version = VersionIn(Start(command.output));
  return version.empty() ? VersionIn(Start(command.errors)) : version;
}

}  // namespace

std::string VersionIn(std::string_view text) {
  std::string_view rest = FirstLine(text);
  while (!rest.empty() && !BeginsVersion(rest)) {
    // Not into the middle of a number.
    const size_t digits = rest.find_first_not_of(kDigits);
    rest.remove_prefix(digits == 0 ? 1 : std::min(digits, rest.size()));
  }
  const auto end = std::find_if_not(rest.begin(), rest.end(), Clings);
  rest = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest = rest.substr(0, rest.find_last_not_of(kPunctuation) + 1);
  return rest.size() <= kLongestVersion ? std::string(rest) : "";
}

void FindVersions(double time_limit, Interrupt* interrupt,
                  std::span<Contender> contenders) {
  const Result<TemporaryFolder> folder = TemporaryFolder::Create();
  if (!folder.ok()) return;
  std::map<std::vector<std::string>, std::string> known;
  for (Contender& contender : contenders) {
    const std::vector<std::string>& words = contender.ask_version;
    if (words.empty()) continue;
    const auto [entry, is_new] = known.try_emplace(words);
    if (is_new) {
      entry->second = AskVersion(words, time_limit, folder->path(), interrupt);
    }
    contender.version = entry->second;
  }
}

}  // namespace lentil

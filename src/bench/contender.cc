// SPDX-License-Identifier: Apache-2.0
// Who takes part in a comparison.

#include "bench/contender.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace lentil {
namespace {

// Settings are the strongest that is usual. To add a peer, add a row. (lrzip
// would lower its priority by itself, -N0 keeps it from that.)
constexpr Peer kPeers[] = {
    {"gzip", "gzip -9", "gzip -9 -n -c {in} > {out}",
     "gzip -d -c < {in} > {out}"},
    {"bzip2", "bzip2 -9", "bzip2 -9 -c {in} > {out}",
     "bzip2 -d -c {in} > {out}"},
    {"xz", "xz -9e", "xz -9e -T{T} -c {in} > {out}",
     "xz -d -T{T} -c < {in} > {out}"},
    {"zstd", "zstd -19", "zstd -19 -T{T} -q -c {in} > {out}",
     "zstd -d -q -c {in} > {out}"},
    {"zstd", "zstd --ultra -22", "zstd --ultra -22 -T{T} -q -c {in} > {out}",
     "zstd -d -q -c {in} > {out}"},
    {"brotli", "brotli -q 11", "brotli -q 11 -w 24 -c {in} > {out}",
     "brotli -d -c {in} > {out}"},
    {"bzip3", "bzip3 -b 64", "bzip3 -e -b 64 -j {T} -c {in} > {out}",
     "bzip3 -d -j {T} -c {in} > {out}"},
    {"7z", "7z PPMd", "7z a -t7z -m0=PPMd:o=8:mem=192m -mmt=1 {out} {in}",
     "7z e -so {in} > {out}", ""},
    {"zpaq", "zpaq -m5", "zpaq a {out}.zpaq {in} -m5 -t{T}",
     "zpaq x {in} {source} -to {out} -t{T}", ""},
    {"lrzip", "lrzip -z", "lrzip -z -L9 -N0 -p{T} -Q -o {out} {in}",
     "lrzip -d -N0 -p{T} -Q -o {out} {in}"},
};

constexpr std::string_view kBlanks = " \t";

std::string Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  return std::string(
      text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

bool Mentions(const CommandTemplate& pattern, std::string_view gap) {
  const auto has = [gap](const std::string& word) {
    return word.find(gap) != std::string::npos;
  };
  return has(pattern.input) || has(pattern.output) ||
         std::any_of(pattern.words.begin(), pattern.words.end(), has);
}

std::string Filled(std::string word, const Gaps& gaps) {
  const std::pair<std::string_view, std::string> values[] = {
      {"{in}", gaps.in},
      {"{out}", gaps.out},
      {"{source}", gaps.source},
      {"{T}", std::to_string(gaps.threads)}};
  std::string out;
  for (size_t i = 0; i < word.size();) {
    const auto* value = std::find_if(
        std::begin(values), std::end(values), [&](const auto& candidate) {
          return std::string_view(word).substr(i).starts_with(candidate.first);
        });
    if (value == std::end(values)) {
      out += word[i++];
    } else {
      out += value->second;
      i += value->first.size();
    }
  }
  return out;
}

bool IsProgram(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

bool IsInstalled(const std::string& program) {
  if (program.find('/') != std::string::npos) return IsProgram(program);
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (IsProgram((folder.empty() ? "." : folder) + "/" + program)) return true;
  }
  return false;
}

Result<Contender> FromTemplates(const std::string& name,
                                std::string_view compress,
                                std::string_view decompress, int threads) {
  Contender contender;
  contender.name = name;
  LENTIL_ASSIGN_OR_RETURN(contender.compress, ParseTemplate(compress));
  LENTIL_ASSIGN_OR_RETURN(contender.decompress, ParseTemplate(decompress));
  contender.threads = Mentions(contender.compress, "{T}") ? threads : 1;
  return contender;
}

// The row as a contender; `program` replaces the one it names.
Result<Contender> FromRow(const Peer& peer, const std::string& program,
                          int threads) {
  LENTIL_ASSIGN_OR_RETURN(Contender contender,
                          FromTemplates(std::string(peer.title), peer.compress,
                                        peer.decompress, threads));
  if (!program.empty()) {
    contender.compress.words[0] = program;
    contender.decompress.words[0] = program;
    contender.name += fmt::format(" ({})", program);
  }
  contender.ask_version = {contender.compress.words[0]};
  if (!peer.version_flag.empty()) {
    contender.ask_version.emplace_back(peer.version_flag);
  }
  return contender;
}

Result<std::vector<Contender>> InstalledPeers(int threads) {
  std::vector<Contender> found;
  for (const Peer& peer : kPeers) {
    LENTIL_ASSIGN_OR_RETURN(Contender contender, FromRow(peer, "", threads));
    if (IsInstalled(contender.compress.words[0])) {
      found.push_back(std::move(contender));
    }
  }
  return found;
}

Status UnknownPeer(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Peer& peer : kPeers) {
    if (names.empty() || names.back() != peer.name) names.push_back(peer.name);
  }
  return Status(Code::kInvalidArgument,
                fmt::format("no peer '{}'; known are {}; describe others with "
                            "--peer 'NAME: COMPRESS : RESTORE'",
                            name, fmt::join(names, ", ")));
}

// Adds all rows of NAME or NAME=PROGRAM.
Status AddNamed(const std::string& word, int threads,
                std::vector<Contender>* found) {
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const std::string program =
      equals == std::string::npos ? "" : word.substr(equals + 1);
  bool known = false;
  for (const Peer& peer : kPeers) {
    if (peer.name != name) continue;
    known = true;
    LENTIL_ASSIGN_OR_RETURN(Contender contender,
                            FromRow(peer, program, threads));
    if (!IsInstalled(contender.compress.words[0])) {
      return Status(Code::kIo, fmt::format("peer {}: there is no program {}",
                                           name, contender.compress.words[0]));
    }
    found->push_back(std::move(contender));
  }
  return known ? Status() : UnknownPeer(name);
}

}  // namespace

std::span<const Peer> KnownPeers() { return kPeers; }

Result<CommandTemplate> ParseTemplate(std::string_view text) {
  CommandTemplate pattern;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (word == "<") {
      words >> pattern.input;
    } else if (word == ">") {
      words >> pattern.output;
    } else {
      pattern.words.push_back(word);
    }
  }
  if (pattern.words.empty()) {
    return Status(Code::kInvalidArgument, "a command is empty");
  }
  for (const char* gap : {"{in}", "{out}"}) {
    if (Mentions(pattern, gap)) continue;
    return Status(Code::kInvalidArgument,
                  fmt::format("'{}' lacks {}", Trimmed(text), gap));
  }
  return pattern;
}

Command Fill(const CommandTemplate& pattern, const Gaps& gaps) {
  Command command;
  for (const std::string& word : pattern.words) {
    command.words.push_back(Filled(word, gaps));
  }
  command.input = Filled(pattern.input, gaps);
  command.output = Filled(pattern.output, gaps);
  return command;
}

Result<std::vector<Contender>> FindPeers(const std::string& list, int threads) {
  if (list == "auto") return InstalledPeers(threads);
  std::vector<Contender> found;
  if (list == "none") return found;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    LENTIL_RETURN_IF_ERROR(AddNamed(Trimmed(word), threads, &found));
  }
  return found;
}

Result<Contender> ParsePeer(const std::string& text, int threads) {
  const size_t colon = text.find(':');
  const size_t middle =
      colon == std::string::npos ? colon : text.find(" : ", colon + 1);
  const std::string name = Trimmed(text.substr(0, colon));
  if (middle == std::string::npos || name.empty()) {
    return Status(Code::kInvalidArgument,
                  fmt::format("'{}' is not NAME: COMPRESS : RESTORE", text));
  }
  return FromTemplates(
      name, std::string_view(text).substr(colon + 1, middle - colon - 1),
      std::string_view(text).substr(middle + 3), threads);
}

Contender LentilLevel(const std::string& program, int level, int threads,
                      uint64_t model_bytes) {
  Contender contender;
  contender.name = fmt::format("lentil -{}", level);
  contender.compress.words = {
      program,       "compress", fmt::format("-{}", level),
      "--no-verify", "-q",       "-T{T}",
      "-o",          "{out}",    "{in}"};
  contender.decompress.words = {program, "decompress", "-q",  "-T{T}",
                                "-o",    "{out}",      "{in}"};
  contender.threads = threads;
  contender.model_bytes = model_bytes;
  contender.own = true;
  return contender;
}

}  // namespace lentil

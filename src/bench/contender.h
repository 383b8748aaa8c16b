// SPDX-License-Identifier: Apache-2.0
// Who takes part in a comparison: levels of lentil, and other compressors by
// the command lines that run them.

#ifndef LENTIL_BENCH_CONTENDER_H_
#define LENTIL_BENCH_CONTENDER_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "bench/child.h"

namespace lentil {

// A command line with gaps:
//   {in}      the file to read
//   {out}     the file to write; a suffix that the program adds is found
//   {source}  the name that the file had when it was compressed
//   {T}       the number of threads
struct CommandTemplate {
  std::vector<std::string> words;
  std::string input;   // standard input, "" = empty
  std::string output;  // standard output, "" = thrown away
};

// What the gaps stand for.
struct Gaps {
  std::string in;
  std::string out;
  std::string source;
  int threads = 1;
};

// Words between blanks; "< NAME" and "> NAME" redirect. No quotes.
// kInvalidArgument if {in} or {out} is missing or there is no program.
Result<CommandTemplate> ParseTemplate(std::string_view text);

// Fills the gaps.
Command Fill(const CommandTemplate& pattern, const Gaps& gaps);

struct Contender {
  std::string name;  // for people and JSON, e.g. "xz -9e"
  CommandTemplate compress;
  CommandTemplate decompress;
  int threads = 1;           // 1 if the command has no {T}
  uint64_t model_bytes = 0;  // of the embedded model it needs to restore
  bool own = false;          // a level of lentil
  std::string version;       // of the program; "" = unknown
  // The command that prints it; none if nobody knows one.
  std::vector<std::string> ask_version;
};

// A compressor known by name.
struct Peer {
  std::string_view name;        // as in --peers; of several rows with the same
                                // one, all are meant
  std::string_view title;       // with its settings
  std::string_view compress;    // a template; the first word is the program
  std::string_view decompress;  // likewise
  // Makes it print its version; "" if its usage page does.
  std::string_view version_flag = "--version";
};
std::span<const Peer> KnownPeers();

// The peers that `list` names: "auto" (those in PATH), "none", or NAME and
// NAME=/PATH/TO/PROGRAM between commas. kInvalidArgument for an unknown name,
// with the known ones; kIo for a named one that is not on this machine.
Result<std::vector<Contender>> FindPeers(const std::string& list, int threads);

// "NAME: COMPRESS : RESTORE", two templates. kInvalidArgument if it is not that
// or a template is wrong.
Result<Contender> ParsePeer(const std::string& text, int threads);

// Level `level` of the lentil at path `program`, without its own verification:
// others have none, and the comparison decodes anyway.
Contender LentilLevel(const std::string& program, int level, int threads,
                      uint64_t model_bytes);

}  // namespace lentil

#endif  // LENTIL_BENCH_CONTENDER_H_

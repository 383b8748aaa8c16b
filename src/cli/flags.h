// SPDX-License-Identifier: Apache-2.0
// Everything a command line can say, read in one place for most verbs.

#ifndef LENTIL_CLI_FLAGS_H_
#define LENTIL_CLI_FLAGS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cpu.h"
#include "base/status.h"
#include "cli/talk.h"
#include "lentil/lentil.h"

namespace lentil {

// The words after the verb.
using Args = std::span<const std::string>;

// Groups of flags; a verb accepts the sum of those it names.
enum FlagGroup : unsigned {
  kFileFlags = 1,        // FILE…, -r
  kOutputFlags = 2,      // -o -c -k --rm
  kThreadFlags = 4,      // -T
  kLevelFlags = 8,       // -1 … -9, --frame-size
  kVerifyFlags = 16,     // --no-verify
  kModelFlags = 32,      // -m
  kRangeFlags = 64,      // --offset --length
  kSalvageFlags = 128,   // --salvage
  kJsonFlags = 256,      // --json
  kChunkFlags = 512,     // --chunk
  kMemoryFlags = 1024,   // -M
  kForceFlags = 2048,    // -f
  kSampleFlags = 4096,   // --sample
  kSplitFlags = 8192,    // --records
  kRecordFlags = 16384,  // --record
};

// What a verb accepts, and how its help begins.
struct Syntax {
  std::string_view verb;
  std::string_view summary;  // one line, without a full stop
  std::string_view usage;    // e.g. "[FLAGS] [FILE...]"
  unsigned groups;
};

// Values as given, or these.
struct Flags {
  std::vector<std::string> files;
  bool recurse = false;

  std::string output;      // of -o; "" if not given or overruled by -c
  bool to_stdout = false;  // also by a -o that names standard output
  bool force = false;
  bool remove_source = false;

  int threads = 0;            // 0 = one per core, see NumThreads
  uint64_t memory_limit = 0;  // 0 = none
  int level = LENTIL_DEFAULT_LEVEL;
  std::optional<uint64_t> frame_size;
  bool verify = true;
  std::string model;  // name or file; "" if not given

  int records = 0;                       // LENTIL_RECORDS_…
  std::string sample;                    // file; "" if not given
  std::optional<uint64_t> first_record;  // of --record, from 0
  uint64_t record_count = 0;

  std::optional<uint64_t> offset;
  std::optional<uint64_t> length;
  bool salvage = false;
  bool json = false;
  uint64_t chunk = 0;  // 0 = whole files

  int loudness = 2;
  Talk::Progress progress = Talk::Progress::kAuto;

  int NumThreads() const { return threads > 0 ? threads : CpuThreads(); }
};

// A flag with one value that only one verb knows. `set` says what is wrong with
// a value; a repeated flag calls it again.
struct ExtraFlag {
  std::string name;  // "--out"
  std::string type;  // "FILE", shown by --help; "" = no value, `set` hears ""
  std::string help;
  std::function<Status(const std::string&)> set;
};

// Reads `args`; what `flags` holds before are the defaults. Returns the exit
// code if the program should end now: help or the version was printed on
// stdout, or a usage error on stderr that names the wrong flag and the nearest
// right one.
std::optional<int> ParseFlags(const Syntax& syntax, Args args, Flags* flags,
                              std::span<const ExtraFlag> extra = {});

// Says on stderr what is wrong with the command line; returns kExitUsage.
int UsageError(std::string_view verb, std::string_view message);

}  // namespace lentil

#endif  // LENTIL_CLI_FLAGS_H_

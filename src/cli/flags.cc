// SPDX-License-Identifier: Apache-2.0
// Everything a command line can say, read in one place for most verbs.

#include "cli/flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <functional>
#include <utility>

#include "base/messages.h"
#include "cli/text.h"
#include "lentil/lentil.h"

namespace lentil {
namespace {

constexpr int kMaxThreads = 1024;

// A flag with a value, the last of which is given to `set`. What that has to
// complain about is shown by CLI11.
CLI::Option* AddValue(CLI::App* app, const std::string& name,
                      const std::string& type, const std::string& help,
                      std::function<Status(const std::string&)> set) {
  const auto read = [name, set = std::move(set)](const std::string& text) {
    const Status status =
        text.empty() ? Status(Code::kInvalidArgument, "the value is empty")
                     : set(text);
    if (!status.ok()) throw CLI::ValidationError(name, status.message());
  };
  return app->add_option_function<std::string>(name, read, help)
      ->type_name(type)
      ->take_last();
}

CLI::Option* AddText(CLI::App* app, const std::string& name,
                     const std::string& type, const std::string& help,
                     std::string* out) {
  return AddValue(app, name, type, help, [out](const std::string& text) {
    *out = text;
    return Status();
  });
}

CLI::Option* AddSize(CLI::App* app, const std::string& name,
                     std::function<void(uint64_t)> set,
                     const std::string& help) {
  return AddValue(app, name, "SIZE", help,
                  [set = std::move(set)](const std::string& text) -> Status {
                    LENTIL_ASSIGN_OR_RETURN(const uint64_t n, ParseSize(text));
                    set(n);
                    return Status();
                  });
}

Status ReadThreads(const std::string& text, int* threads) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, *threads);
  if (error == std::errc() && rest == end && *threads >= 0 &&
      *threads <= kMaxThreads) {
    return Status();
  }
  return Status(
      Code::kInvalidArgument,
      fmt::format("'{}' is not a number from 0 to {}", text, kMaxThreads));
}

// A flag that is looked up by its name afterwards.
CLI::Option* AddFlag(CLI::App* app, const std::string& name,
                     const std::string& help) {
  return app->add_flag(name)->description(help);
}

void AddOutputFlags(CLI::App* app, Flags* flags) {
  AddText(app, "-o,--output", "FILE", "write to this file", &flags->output);
  app->add_flag("-c,--stdout", flags->to_stdout,
                "write to standard output, keep the input");
  AddFlag(app, "-k,--keep", "keep the input (default)");
  app->add_flag("--rm", flags->remove_source, "remove the input after success");
}

void AddResourceFlags(CLI::App* app, unsigned groups, Flags* flags) {
  if (groups & kThreadFlags) {
    AddValue(app, "-T,--threads", "N",
             flags->threads == 0
                 ? "threads, 0 = one per core (default)"
                 : fmt::format("threads, 0 = one per core (default {})",
                               flags->threads),
             [flags](const std::string& text) {
               return ReadThreads(text, &flags->threads);
             });
  }
  if (groups & kMemoryFlags) {
    AddSize(
        app, "-M,--memory", [flags](uint64_t n) { flags->memory_limit = n; },
        "fail rather than use more memory");
  }
}

void AddLevelFlags(CLI::App* app, Flags* flags) {
  for (int level = 0; level <= 9; ++level) {
    const lentil_level& meant = *lentil_level_get(level);
    CLI::Option* option =
        AddFlag(app, fmt::format("-{}", level), meant.summary);
    if (meant.number != level) option->group("");  // accepted, not listed
  }
  AddSize(
      app, "--frame-size", [flags](uint64_t n) { flags->frame_size = n; },
      "source bytes per frame, 4KiB to 64MiB (default 4MiB, with -9 16MiB)");
}

void AddRestFlags(CLI::App* app, unsigned groups, Flags* flags) {
  if (groups & kVerifyFlags) {
    AddFlag(app, "--no-verify", "do not decode and compare each frame");
  }
  if (groups & kModelFlags) {
    AddText(app, "-m,--model", "MODEL",
            "a model's name (see 'lentil model list') or file", &flags->model);
  }
  if (groups & kRangeFlags) {
    AddSize(
        app, "--offset", [flags](uint64_t n) { flags->offset = n; },
        "first byte to restore");
    AddSize(
        app, "--length", [flags](uint64_t n) { flags->length = n; },
        "bytes to restore");
  }
  if (groups & kSalvageFlags) {
    app->add_flag("--salvage", flags->salvage,
                  "skip damaged frames and restore the others");
  }
  if (groups & kJsonFlags) {
    app->add_flag("--json", flags->json, "JSON on standard output");
  }
  if (groups & kChunkFlags) {
    AddSize(
        app, "--chunk", [flags](uint64_t n) { flags->chunk = n; },
        "code pieces of this size independently");
  }
}

// N or N-M, counted from 1.
Status ReadRecordRange(const std::string& text, Flags* flags) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto read = [&](uint64_t* n) {
    const auto [rest, error] = std::from_chars(at, end, *n);
    const bool ok = error == std::errc() && *n >= 1;
    at = rest;
    return ok;
  };
  uint64_t first = 0;
  bool ok = read(&first);
  uint64_t last = first;
  if (ok && at != end && *at == '-') {
    ++at;
    ok = read(&last) && last >= first;
  }
  if (!ok || at != end) {
    return Status(Code::kInvalidArgument,
                  fmt::format("'{}' is neither N nor N-M, from 1 on", text));
  }
  flags->first_record = first - 1;
  flags->record_count = last - first + 1;
  return Status();
}

void AddRecordFlags(CLI::App* app, unsigned groups, Flags* flags) {
  if (groups & kSplitFlags) {
    AddValue(app, "--records", "FORM",
             "lines, or u32le (length-prefixed): each can be restored alone",
             [flags](const std::string& text) {
               flags->records = text == "lines"   ? LENTIL_RECORDS_LINES
                                : text == "u32le" ? LENTIL_RECORDS_U32LE
                                                  : LENTIL_RECORDS_NONE;
               if (flags->records != LENTIL_RECORDS_NONE) return Status();
               return Status(
                   Code::kInvalidArgument,
                   fmt::format("'{}' is neither lines nor u32le", text));
             });
  }
  if (groups & kSampleFlags) {
    AddText(app, "--sample", "FILE", "records like those at work, up to 4MiB",
            &flags->sample);
  }
  if (groups & kRecordFlags) {
    AddValue(app, "--record", "N[-M]", "restore only these records, from 1 on",
             [flags](const std::string& text) {
               return ReadRecordRange(text, flags);
             });
  }
}

void AddExtraFlag(CLI::App* app, const ExtraFlag& flag) {
  if (flag.type.empty()) {
    const auto set = [flag](int64_t /*times*/) { (void)flag.set("").ok(); };
    app->add_flag_function(flag.name, set, flag.help);
    return;
  }
  AddValue(app, flag.name, flag.type, flag.help, flag.set)->trigger_on_parse();
}

void AddTalkFlags(CLI::App* app) {
  AddFlag(app, "-q,--quiet", "say less; twice: nothing");
  AddFlag(app, "-v,--verbose", "say more");
  AddFlag(app, "--progress", "show progress even without a terminal");
  AddFlag(app, "--no-progress", "never show progress");
  AddFlag(app, "-V,--version", "print the version");
  app->set_help_flag();
  AddFlag(app, "-h,--help", "print this");
}

// Flags of which the last one on the command line wins.
void ApplyOrder(const CLI::App& app, Flags* flags) {
  for (const CLI::Option* option : app.parse_order()) {
    if (option->check_lname("output")) flags->to_stdout = false;
    if (option->check_lname("stdout")) flags->to_stdout = true;
    if (option->check_lname("rm")) flags->remove_source = true;
    if (option->check_lname("keep")) flags->remove_source = false;
    if (option->check_lname("no-verify")) flags->verify = false;
    if (option->check_lname("progress")) {
      flags->progress = Talk::Progress::kOn;
    }
    if (option->check_lname("no-progress")) {
      flags->progress = Talk::Progress::kOff;
    }
    for (const std::string& name : option->get_snames()) {
      if (name >= "0" && name <= "9") flags->level = name[0] - '0';
    }
  }
  if (flags->output == "-" || flags->output == "/dev/stdout") {
    flags->to_stdout = true;
  }
  if (flags->to_stdout) flags->output.clear();
}

void ApplyTalk(const CLI::App& app, Flags* flags) {
  const auto count = [&app](const char* name) {
    return static_cast<int>(app.get_option(name)->count());
  };
  flags->loudness = std::clamp(2 - count("-q") + count("-v"), 0, 3);
}

bool TakesValue(const CLI::Option* option) {
  return option != nullptr && option->get_items_expected_min() > 0;
}

// What is wrong with a cluster of short flags, or "". `*wants_value` if the
// last of them takes the next word.
std::string CheckShortFlags(const CLI::App& app, const std::string& word,
                            bool* wants_value) {
  int digits = 0;
  for (size_t i = 1; i < word.size(); ++i) {
    if (TakesValue(app.get_option_no_throw({'-', word[i]}))) {
      *wants_value = i + 1 == word.size();
      break;
    }
    digits += word[i] >= '0' && word[i] <= '9';
  }
  if (digits < 2) return "";
  return fmt::format("{}: a level is one digit", word);
}

// What CLI11 would let pass, or word badly: a value for a flag that takes none,
// none for one that takes one, levels of several digits. "" if all is well.
std::string CheckWords(const CLI::App& app, Args words) {
  bool wants_value = false;
  for (const std::string& word : words) {
    if (std::exchange(wants_value, false)) continue;
    if (word.starts_with("--")) {
      const size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      const CLI::Option* option = app.get_option_no_throw(name);
      wants_value = TakesValue(option) && equals == std::string::npos;
      if (option != nullptr && !TakesValue(option) &&
          equals != std::string::npos) {
        return fmt::format("{} takes no value", name);
      }
    } else if (word.starts_with('-')) {
      const std::string problem = CheckShortFlags(app, word, &wants_value);
      if (!problem.empty()) return problem;
    }
  }
  return wants_value ? fmt::format("{} needs a value", words.back()) : "";
}

// Names of all flags with their dashes, for suggestions.
std::vector<std::string> FlagNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& s : option->get_snames()) names.push_back("-" + s);
    for (const std::string& l : option->get_lnames()) names.push_back("--" + l);
  }
  return names;
}

// The verb that does what a flag of other compressors does, or "".
std::string_view VerbFor(std::string_view flag) {
  static constexpr std::pair<std::string_view, std::string_view> kVerbs[] = {
      {"-d", "decompress"}, {"-l", "list"}, {"-t", "test"}, {"-z", "compress"}};
  for (const auto& [name, verb] : kVerbs) {
    if (flag == name) return verb;
  }
  return "";
}

int UnknownFlag(const CLI::App& app, std::string_view verb,
                const std::string& given) {
  const std::string flag = given.substr(0, given.find('='));
  const std::vector<std::string> names = FlagNames(app);
  const std::vector<std::string_view> views(names.begin(), names.end());
  if (const std::string_view other = VerbFor(flag.substr(0, 2));
      !other.empty()) {
    return UsageError(
        verb,
        fmt::format("unknown flag {}; did you mean 'lentil {}'?", flag, other));
  }
  const std::string_view nearest =
      flag.starts_with("--") ? Nearest(flag, views) : "";
  return UsageError(verb, nearest.empty()
                              ? fmt::format("unknown flag {}", flag)
                              : fmt::format("unknown flag {}; did you mean {}?",
                                            flag, nearest));
}

void AddFlags(CLI::App* app, const Syntax& syntax, Flags* flags) {
  if (syntax.groups & kFileFlags) {
    app->add_flag("-r,--recursive", flags->recurse, "enter directories");
  }
  if (syntax.groups & kOutputFlags) AddOutputFlags(app, flags);
  if (syntax.groups & kForceFlags) {
    app->add_flag("-f,--force", flags->force,
                  "overwrite, and use terminals as they are");
  }
  if (syntax.groups & kLevelFlags) AddLevelFlags(app, flags);
  AddRestFlags(app, syntax.groups, flags);
  AddRecordFlags(app, syntax.groups, flags);
  AddResourceFlags(app, syntax.groups, flags);
  AddTalkFlags(app);
}

void PrintHelp(const CLI::App& app, const Syntax& syntax) {
  fmt::print("lentil {}: {}\nusage: lentil {} {}\n\n", syntax.verb,
             syntax.summary, syntax.verb, syntax.usage);
  const CLI::Formatter formatter;
  fmt::print("{}", formatter.make_groups(&app, CLI::AppFormatMode::Normal));
}

}  // namespace

int UsageError(std::string_view verb, std::string_view message) {
  fmt::print(stderr, "lentil: {}; see 'lentil {}{}--help' (exit {})\n",
             Printable(message), verb, verb.empty() ? "" : " ",
             static_cast<int>(kExitUsage));
  return kExitUsage;
}

std::optional<int> ParseFlags(const Syntax& syntax, Args args, Flags* flags,
                              std::span<const ExtraFlag> extra) {
  CLI::App app;
  for (const ExtraFlag& flag : extra) AddExtraFlag(&app, flag);
  AddFlags(&app, syntax, flags);
  app.allow_extras();  // the files, which CLI11 would take apart
  const auto end = std::find(args.begin(), args.end(), "--");
  const std::string problem =
      CheckWords(app, args.first(static_cast<size_t>(end - args.begin())));
  if (!problem.empty()) return UsageError(syntax.verb, problem);
  try {
    // CLI11 takes the words last to first.
    app.parse(
        std::vector<std::string>(std::make_reverse_iterator(end), args.rend()));
  } catch (const CLI::ParseError& error) {
    return UsageError(syntax.verb, error.what());
  }
  for (const std::string& word : app.remaining()) {
    if (word.size() > 1 && word[0] == '-') {
      return UnknownFlag(app, syntax.verb, word);
    }
    flags->files.push_back(word);
  }
  if (app.count("--help") > 0) {
    PrintHelp(app, syntax);
    return kExitOk;
  }
  if (app.count("--version") > 0) {
    fmt::print("lentil {}\n", lentil_version());
    return kExitOk;
  }
  if (end != args.end()) {
    flags->files.insert(flags->files.end(), end + 1, args.end());
  }
  if (std::count(flags->files.begin(), flags->files.end(), "") > 0) {
    return UsageError(syntax.verb, "'' is no file name");
  }
  ApplyOrder(app, flags);
  ApplyTalk(app, flags);
  return std::nullopt;
}

}  // namespace lentil

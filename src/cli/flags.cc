// SPDX-License-Identifier: Apache-2.0
// Everything a command line can say, read in one place for most verbs.

#include "cli/flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>

#include "cli/text.h"

namespace lentil {
namespace {

// Turns a size as typed into a number; CLI11 shows the message.
CLI::Option* AddSize(CLI::App* app, const std::string& name,
                     std::function<void(uint64_t)> set,
                     const std::string& help) {
  const auto read = [name, set = std::move(set)](const std::string& text) {
    const Result<uint64_t> size = ParseSize(text);
    if (!size.ok()) {
      throw CLI::ValidationError(name, size.status().message());
    }
    set(*size);
  };
  return app->add_option_function<std::string>(name, read, help)
      ->type_name("SIZE")
      ->take_last();
}

// A flag that is looked up by its name afterwards.
CLI::Option* AddFlag(CLI::App* app, const std::string& name,
                     const std::string& help) {
  return app->add_flag(name)->description(help);
}

void AddOutputFlags(CLI::App* app, Flags* flags) {
  app->add_option("-o,--output", flags->output, "write to this file")
      ->type_name("FILE")
      ->take_last();
  app->add_flag("-c,--stdout", flags->to_stdout,
                "write to standard output, keep the input");
  app->add_flag("-f,--force", flags->force,
                "overwrite, and use terminals as they are");
  AddFlag(app, "-k,--keep", "keep the input (default)");
  app->add_flag("--rm", flags->remove_source, "remove the input after success");
}

void AddThreadFlags(CLI::App* app, Flags* flags) {
  app->add_option("-T,--threads", flags->threads,
                  "threads, 0 = one per core (default)")
      ->type_name("N")
      ->check(CLI::Range(0, 1024))
      ->take_last();
  AddSize(
      app, "-M,--memory", [flags](uint64_t n) { flags->memory_limit = n; },
      "fail rather than use more memory");
}

void AddLevelFlags(CLI::App* app, Flags* flags) {
  for (int level = 1; level <= 9; ++level) {
    const char* help = level == 1   ? "zstd: fast"
                       : level == 3 ? "model nano"
                       : level == 6 ? "model small (default)"
                                    : "";
    CLI::Option* option = AddFlag(app, fmt::format("-{}", level), help);
    if (*help == '\0') option->group("");  // accepted, not listed
  }
  AddSize(
      app, "--frame-size", [flags](uint64_t n) { flags->frame_size = n; },
      "source bytes per frame, 4KiB to 64MiB (default 4MiB)");
}

void AddRestFlags(CLI::App* app, unsigned groups, Flags* flags) {
  if (groups & kVerifyFlags) {
    app->add_flag("!--no-verify", flags->verify,
                  "do not decode and compare each frame");
  }
  if (groups & kModelFlags) {
    app->add_option("-m,--model", flags->model,
                    "a model's name (see 'lentil model list') or file")
        ->type_name("MODEL")
        ->take_last();
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

void AddExtraFlag(CLI::App* app, const ExtraFlag& flag) {
  const auto read = [&flag](const std::string& text) {
    const Status status = flag.set(text);
    if (!status.ok()) throw CLI::ValidationError(flag.name, status.message());
  };
  app->add_option_function<std::string>(flag.name, read, flag.help)
      ->type_name(flag.type)
      ->trigger_on_parse();
}

void AddTalkFlags(CLI::App* app) {
  AddFlag(app, "-q,--quiet", "say less; twice: nothing");
  AddFlag(app, "-v,--verbose", "say more");
  AddFlag(app, "--progress,!--no-progress", "show progress, or never");
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
    for (const std::string& name : option->get_snames()) {
      if (name >= "1" && name <= "9") flags->level = name[0] - '0';
    }
  }
  if (flags->to_stdout) flags->output.clear();
}

void ApplyTalk(const CLI::App& app, Flags* flags) {
  const auto count = [&app](const char* name) {
    return static_cast<int>(app.get_option(name)->count());
  };
  flags->loudness = std::clamp(2 - count("-q") + count("-v"), 0, 3);
  if (const CLI::Option* progress = app.get_option("--progress");
      progress->count() > 0) {
    flags->progress =
        progress->as<bool>() ? Talk::Progress::kOn : Talk::Progress::kOff;
  }
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

int UnknownFlag(const CLI::App& app, std::string_view verb,
                const std::string& given) {
  const std::string flag = given.substr(0, given.find('='));
  const std::vector<std::string> names = FlagNames(app);
  const std::vector<std::string_view> views(names.begin(), names.end());
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
  app->add_option("files", flags->files)->group("");
  if (syntax.groups & kOutputFlags) AddOutputFlags(app, flags);
  if (syntax.groups & kLevelFlags) AddLevelFlags(app, flags);
  AddRestFlags(app, syntax.groups, flags);
  if (syntax.groups & kThreadFlags) AddThreadFlags(app, flags);
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
  fmt::print(stderr, "lentil: {}; see 'lentil {}{}--help' (exit {})\n", message,
             verb, verb.empty() ? "" : " ", static_cast<int>(kExitUsage));
  return kExitUsage;
}

std::optional<int> ParseFlags(const Syntax& syntax, Args args, Flags* flags,
                              std::span<const ExtraFlag> extra) {
  CLI::App app;
  for (const ExtraFlag& flag : extra) AddExtraFlag(&app, flag);
  AddFlags(&app, syntax, flags);
  app.allow_extras();
  const auto end = std::find(args.begin(), args.end(), "--");
  try {
    // CLI11 takes the words last to first.
    app.parse(
        std::vector<std::string>(std::make_reverse_iterator(end), args.rend()));
  } catch (const CLI::ParseError& error) {
    return UsageError(syntax.verb, error.what());
  }
  for (const std::string& extra : app.remaining()) {
    if (extra.size() > 1 && extra[0] == '-') {
      return UnknownFlag(app, syntax.verb, extra);
    }
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
  ApplyOrder(app, flags);
  ApplyTalk(app, flags);
  return std::nullopt;
}

}  // namespace lentil

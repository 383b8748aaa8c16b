// SPDX-License-Identifier: Apache-2.0
// lentil train: files in, a model out.

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "cli/flags.h"
#include "cli/setters.h"
#include "cli/signals.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "train/presets.h"
#include "train/run.h"
#include "train/token_set.h"

namespace lentil {
namespace {

// Data that unpack, without -M: beside them the trainer of *small* fits 512 MiB.
// A picture takes as much again while it is read.
constexpr uint64_t kMostUnpacked = 192 << 20;
constexpr uint64_t kMostMedia = 128 << 20;

std::atomic<bool> stop_requested = false;

void RequestStop(int) { stop_requested = true; }

Status BadValue(std::string_view what) {
  return Status(Code::kInvalidArgument, std::string(what));
}

// Reads a number of at least `low`.
Status ReadNumber(const std::string& text, double low, double* out) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !std::isfinite(value) ||
      value < low) {
    return BadValue(
        fmt::format("'{}' is not a number of at least {}", text, low));
  }
  *out = value;
  return {};
}

Result<SetKind> ParseSet(const std::string& text) {
  const auto kind = SetKindOf(text);
  if (kind && *kind != SetKind::kRandom) return *kind;
  return BadValue(
      fmt::format("'{}' is none of text, gray, audio8, audio16", text));
}

// "@LIST" stands for the lines of a file, relative to `root`.
Status AddData(const std::string& text, const std::string& root,
               std::vector<SourceRequest>* data) {
  if (!text.starts_with('@')) {
    LENTIL_ASSIGN_OR_RETURN(SourceRequest request, ParseSourceRequest(text));
    data->push_back(std::move(request));
    return {};
  }
  LENTIL_ASSIGN_OR_RETURN(const std::vector<SourceRequest> list,
                          ReadSourceList(text.substr(1), root));
  data->insert(data->end(), list.begin(), list.end());
  return {};
}

// --tokens: how many to learn, or the file of a tokenizer.
Status ReadTokens(const std::string& text, RunOptions* run) {
  run->tokens = 0;
  run->tokenizer.clear();
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) {
    run->tokenizer = text;
    return text.empty() ? BadValue("how many tokens?") : Status();
  }
  double tokens = 0;
  LENTIL_RETURN_IF_ERROR(ReadNumber(text, kFewestTokens, &tokens));
  if (tokens > kMaxVocabulary) {
    return BadValue(fmt::format("at most {} tokens", kMaxVocabulary));
  }
  run->tokens = static_cast<uint32_t>(tokens);
  return Status();
}

// What only `train` asks, with its defaults.
struct TrainFlags {
  std::vector<std::string> data;
  std::string data_root = ".";
  std::string preset = "small";
  double minutes = 0;
  RunOptions run;

  std::vector<ExtraFlag> Table() {
    const auto number = [](double low, double* out) {
      return
          [low, out](const std::string& v) { return ReadNumber(v, low, out); };
    };
    return {
        {"--data", "PATH[=WEIGHT]|@LIST",
         "file, folder, or list of them; repeat it", ToList(&data)},
        {"--data-root", "DIR", "where a list's relative paths begin",
         ToText(&data_root)},
        {"--out", "FILE", "the model to write; of tokens, a folder",
         ToText(&run.out)},
        {"--set", "SET", "of the data: text (default), gray, audio8, audio16",
         [this](const std::string& v) {
           LENTIL_ASSIGN_OR_RETURN(run.set, ParseSet(v));
           return Status();
         }},
        {"--preset", "NAME",
         "tiny, nano, small (default), base; gray, audio8, audio16",
         ToText(&preset)},
        {"--tokens", "N|FILE",
         "a model of tokens: so many, learned; or of a tokenizer.json",
         [this](const std::string& v) { return ReadTokens(v, &run); }},
        {"--name", "NAME", "the model's name (default: the preset's)",
         ToText(&run.name)},
        {"--minutes", "N", "budget in minutes", number(0, &run.minutes)},
        {"--bytes", "SIZE", "budget in bytes of text; reproducible",
         ToSize(&run.bytes)},
        {"--seed", "N", "of the random numbers (default 1)", ToSize(&run.seed)},
        {"--decay", "FRACTION",
         "part of the budget with falling rate (default 0.25)",
         number(0.001, &run.decay_fraction)},
        {"--resume", "CHECKPOINT", "go on from OUT.checkpoint or another state",
         ToText(&run.resume)},
        {"--grow", "CHECKPOINT", "begin as a narrower model that is trained",
         ToText(&run.grow)},
        {"--checkpoint-minutes", "N", "how often to save (default 5)",
         number(0, &run.checkpoint_minutes)},
    };
  }
};

Status Complete(const Flags& flags, TrainFlags* t) {
  const Preset* preset = FindPreset(t->preset);
  if (preset == nullptr) {
    return BadValue(
        fmt::format("no preset '{}'; there are tiny, nano, small, base, gray, "
                    "audio8, audio16",
                    t->preset));
  }
  if (t->run.out.empty()) return BadValue("where to? give --out FILE");
  if (t->data.empty()) return BadValue("from what? give --data PATH");
  if ((t->run.bytes > 0) == (t->run.minutes > 0)) {
    return BadValue("how long? give either --bytes or --minutes");
  }
  if (!t->run.resume.empty() && !t->run.grow.empty()) {
    return BadValue("give either --resume or --grow");
  }
  const bool of_tokens = t->run.IsOfTokens();
  if (of_tokens && !t->run.grow.empty()) {
    return BadValue("--grow is for models of bytes");
  }
  if (of_tokens && t->run.set && *t->run.set != SetKind::kText) {
    return BadValue("--tokens is for text");
  }
  if (t->run.decay_fraction >= 1) return BadValue("--decay must be below 1");
  for (const std::string& data : t->data) {
    LENTIL_RETURN_IF_ERROR(AddData(data, t->data_root, &t->run.data));
  }
  const bool is_media = t->run.set && *t->run.set != SetKind::kText;
  t->run.budget =
      DataBudget::Of(flags.memory_limit, is_media ? kMostMedia : kMostUnpacked,
                     "give fewer files, or -M SIZE to hold more");
  t->run.overwrite = flags.force;
  t->run.config = preset->config;
  if (of_tokens) t->run.config.inputs = LastBytes(1);
  while (t->run.out.size() > 1 && t->run.out.ends_with('/')) {
    t->run.out.pop_back();  // of a folder; other files lie beside it
  }
  if (t->run.name.empty()) t->run.name = preset->name;
  t->run.train.threads = flags.NumThreads();
  return {};
}

std::string ProgressText(const RunProgress& p) {
  return fmt::format(
      "{} of {}  {:.3f} bits/byte{}  {:.0f} bytes/s  {}{} left",
      SizeText(p.bytes), SizeText(p.budget_bytes), p.bits_per_byte,
      p.validation > 0 ? fmt::format(" (validation {:.3f})", p.validation) : "",
      p.bytes_per_second, p.decaying ? "decay  " : "",
      DurationText(p.seconds_left));
}

}  // namespace

int RunTrain(Args args) {
  static constexpr Syntax kSyntax = {
      "train", "makes a model from files (plain, .xz, .zst)",
      "--data PATH... --out FILE (--minutes N | --bytes SIZE) [FLAGS]",
      kThreadFlags | kForceFlags | kMemoryFlags};
  Flags flags;
  TrainFlags train;
  const std::vector<ExtraFlag> table = train.Table();
  if (const auto exit = ParseFlags(kSyntax, args, &flags, table)) return *exit;
  if (!flags.files.empty()) {
    return UsageError("train", fmt::format("'{}': data are named with --data",
                                           flags.files[0]));
  }
  const Status complete = Complete(flags, &train);
  if (complete.code() == Code::kInvalidArgument) {
    return UsageError("train", complete.message());
  }
  Talk talk(flags.loudness, flags.progress);
  if (!complete.ok()) return talk.Error("", complete);

  ReplaceSignalHandlers(RequestStop);
  auto shown = std::chrono::steady_clock::now();
  const Result<RunSummary> summary =
      RunTraining(train.run, [&](const RunProgress& progress) {
        const auto now = std::chrono::steady_clock::now();
        if (talk.ShowsProgress() &&
            now - shown > std::chrono::milliseconds(500)) {
          talk.ProgressLine(ProgressText(progress));
          shown = now;
        }
        return !stop_requested;
      });
  talk.EndProgress();
  if (!summary.ok()) {
    const bool exists = summary.status().code() == Code::kExists;
    return talk.Error("", summary.status(),
                      exists ? "pass -f to overwrite" : "");
  }
  const std::string unrounded =
      train.run.IsOfTokens()
          ? ""
          : fmt::format(" ({:.4f} before rounding)", summary->validation_float);
  talk.Summary(
      fmt::format("{}: {} steps, {} of text, validation {:.4f} bits/byte{}, "
                  "{} bytes, hash {}",
                  train.run.out, summary->state.steps, SizeText(summary->bytes),
                  summary->validation, unrounded, summary->model_bytes,
                  HashText(summary->model_hash)));
  return kExitOk;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// lentil generate: a continuation, drawn from a model or a compressor.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/length_generator.h"
#include "cli/flags.h"
#include "cli/generator_source.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/setters.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "codec/lane_generator.h"
#include "model/sampler.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kPromptPiece = 2048;  // bytes between looks at the clock
constexpr size_t kMostHeld = 4096;     // bytes before they are written
constexpr double kHoldSeconds = 0.05;  // likewise
constexpr double kLineInterval = 0.1;  // seconds between progress lines
constexpr uint64_t kMaxTemperature = 100;

Status BadValue(std::string what) {
  return Status(Code::kInvalidArgument, std::move(what));
}

// What only `generate` asks, with its defaults.
struct GenerateFlags {
  Flags common;
  GeneratorSource source;
  std::optional<std::string> prompt;
  uint64_t bytes = 256;
  std::optional<uint64_t> context;
  bool has_length_flags = false;  // --horizon or --beam was given
  SamplerOptions sampler;

  std::vector<ExtraFlag> Table();

  bool by_lengths() const { return source.kind() == GeneratorKind::kLengths; }
};

SetValue Millionths(uint64_t low, uint64_t high, uint32_t* out) {
  return [=](const std::string& text) -> Status {
    LENTIL_ASSIGN_OR_RETURN(const uint64_t value, ParseMillionths(text, high));
    if (value < low) return BadValue(fmt::format("'{}' leaves nothing", text));
    *out = static_cast<uint32_t>(value);
    return Status();
  };
}

std::vector<ExtraFlag> GenerateFlags::Table() {
  const auto length_flag = [this](uint32_t most, uint32_t* out) {
    return [this, set = ToWhole<uint32_t>(1, most, out)](const std::string& v) {
      has_length_flags = true;
      return set(v);
    };
  };
  return {
      {"--from", "SOURCE", GeneratorNames() + " (default: model)",
       [this](const std::string& v) {
         source.from = v;
         return CheckGeneratorName(v);
       }},
      {"--prompt", "TEXT", "what to continue, instead of a FILE",
       [this](const std::string& v) {
         prompt = v;
         return Status();
       }},
      {"--bytes", "SIZE", "how many to draw (default 256)", ToSize(&bytes)},
      {"--seed", "N", "of the random numbers (default 1)",
       ToWhole<uint64_t>(0, UINT64_MAX, &sampler.seed)},
      {"--temperature", "X",
       "above 1: bolder; below: safer; 0: always the likeliest (default 1)",
       Millionths(0, kMaxTemperature * kMillion, &sampler.temperature)},
      {"--top-k", "N", "only from the N likeliest; 0 = all (default)",
       ToWhole<uint32_t>(0, kMaxCandidates, &sampler.top_k)},
      {"--top-p", "X",
       "only from the fewest that have this share together (default 1)",
       Millionths(1, kMillion, &sampler.top_p)},
      {"--context", "SIZE",
       "last bytes that count (default: all; for compressors 2KiB)",
       ToSize(&context)},
      {"--horizon", "N", "compressors: bytes drawn at once (default 1)",
       length_flag(LengthGenerator::kMaxHorizon, &source.lengths.horizon)},
      {"--beam", "N", "compressors: beginnings kept of them (default 16)",
       length_flag(LengthGenerator::kMaxBeam, &source.lengths.beam)},
      {"-o,--output", "FILE", "write to this file",
       [this](const std::string& v) {
         common.output = v;
         return Status();
       }},
  };
}

// Flags that are right each, but not together; "" if they are.
std::string Contradiction(const GenerateFlags& g) {
  const Flags& flags = g.common;
  const GeneratorKind kind = g.source.kind();
  if (flags.files.size() > 1) return "one FILE is continued at a time";
  if (g.prompt && !flags.files.empty()) return "give either --prompt or a FILE";
  if (!flags.model.empty() && kind != GeneratorKind::kModel &&
      kind != GeneratorKind::kMix) {
    return fmt::format("-m goes with --from model or mix, not with {}",
                       g.source.from);
  }
  if (g.has_length_flags && !g.by_lengths()) {
    return fmt::format(
        "--horizon and --beam are for compressors; {} knows what a byte costs",
        g.source.from);
  }
  if (g.bytes > LaneGenerator::kMaxText) return "--bytes is at most 64MiB";
  if (g.by_lengths() && g.context &&
      *g.context > LengthGenerator::kMaxContext) {
    return "--context is at most 1MiB for compressors";
  }
  if (g.context && *g.context > LaneGenerator::kMaxText) {
    return "--context is at most 64MiB";
  }
  return "";
}

// The last `most` bytes of an input, which may be longer if `cut`.
Result<std::vector<uint8_t>> ReadEnd(const std::string& name, size_t most,
                                     bool cut) {
  constexpr size_t kPiece = size_t{256} << 10;
  LENTIL_ASSIGN_OR_RETURN(Input input, Input::Open(name));
  std::vector<uint8_t> bytes;
  for (size_t got = kPiece; got == kPiece;) {
    const size_t before = bytes.size();
    bytes.resize(before + kPiece);
    LENTIL_ASSIGN_OR_RETURN(got, input.Read(std::span(bytes).subspan(before)));
    bytes.resize(before + got);
    if (bytes.size() <= most) continue;
    if (!cut) {
      return Status(Code::kResourceLimit,
                    fmt::format("has more than {} bytes; pass --context SIZE "
                                "to continue its end",
                                most));
    }
    bytes.erase(bytes.begin(), bytes.end() - static_cast<ptrdiff_t>(most));
  }
  return bytes;
}

// What counts of the prompt. A terminal has none to give.
Result<std::vector<uint8_t>> ReadPrompt(const GenerateFlags& g,
                                        const std::string& name) {
  const bool by_lengths = g.by_lengths();
  const auto most = static_cast<size_t>(g.context.value_or(
      by_lengths ? LengthOptions().context : LaneGenerator::kMaxText));
  if (g.prompt) {
    const size_t size = std::min(most, g.prompt->size());
    return std::vector<uint8_t>(g.prompt->end() - static_cast<ptrdiff_t>(size),
                                g.prompt->end());
  }
  if (g.common.files.empty() && IsTerminal(STDIN_FILENO)) {
    return std::vector<uint8_t>();
  }
  return ReadEnd(name, most, by_lengths || g.context.has_value());
}

// What -T, -m and --context say to the source.
GeneratorSource SourceOf(const GenerateFlags& g) {
  GeneratorSource source = g.source;
  source.model = g.common.model;
  source.lengths.threads = g.common.NumThreads();
  source.lengths.context = g.context.value_or(source.lengths.context);
  return source;
}

// One prompt on its way to a continuation.
class Generation {
 public:
  Generation(const GenerateFlags& flags, Talk* talk)
      : flags_(flags), talk_(talk) {}

  // The exit code; every failure has been reported.
  int Run();

 private:
  Result<Output> OpenOutput(const std::string& input);
  Status Read(std::span<const uint8_t> prompt, Generator* generator);
  Status Write(Generator* generator, Output* output);
  void Show(std::string_view what, uint64_t done, uint64_t total);
  double Seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }

  const GenerateFlags& flags_;
  Talk* talk_;
  Clock::time_point start_ = Clock::now();
  double next_line_ = 0;
};

void Generation::Show(std::string_view what, uint64_t done, uint64_t total) {
  const double seconds = Seconds();
  if (!talk_->ShowsProgress() || seconds < next_line_) return;
  next_line_ = seconds + kLineInterval;
  std::string line = fmt::format(
      "{}: {} of {}, {:.2f} KB/s", what, SizeText(done), SizeText(total),
      static_cast<double>(done) / std::max(seconds, 1e-3) / 1e3);
  if (done > 0) {
    line += fmt::format(
        ", {} left", DurationText(seconds * static_cast<double>(total - done) /
                                  static_cast<double>(done)));
  }
  talk_->ProgressLine(line);
}

// Standard output, or a new file that the user allows.
Result<Output> Generation::OpenOutput(const std::string& input) {
  const std::string& target = flags_.common.output;
  if (target.empty()) return Output::ToStdout();
  if (NameOneFile(input, target)) {
    return Status(Code::kInvalidArgument, "is the input as well");
  }
  return OpenTarget(target, {.overwrite = flags_.common.force}, talk_);
}

Status Generation::Read(std::span<const uint8_t> prompt, Generator* generator) {
  for (size_t at = 0; at < prompt.size(); at += kPromptPiece) {
    Show("prompt", at, prompt.size());
    const size_t size = std::min(kPromptPiece, prompt.size() - at);
    LENTIL_RETURN_IF_ERROR(generator->Append(prompt.subspan(at, size)));
  }
  return Status();
}

// Draws, and writes as often as a reader can see.
Status Generation::Write(Generator* generator, Output* output) {
  Sampler sampler(flags_.sampler);
  std::vector<uint8_t> held;
  start_ = Clock::now();
  next_line_ = 0;
  double written = 0;  // when
  uint64_t left = flags_.bytes;
  while (left > 0) {
    std::vector<uint8_t> drawn;
    LENTIL_RETURN_IF_ERROR(generator->Draw(&sampler, &drawn));
    const auto size = std::min<uint64_t>(left, drawn.size());
    held.insert(held.end(), drawn.begin(),
                drawn.begin() + static_cast<ptrdiff_t>(size));
    left -= size;
    if (left == 0 || held.size() >= kMostHeld ||
        Seconds() - written > kHoldSeconds) {
      LENTIL_RETURN_IF_ERROR(output->Write(held));
      held.clear();
      written = Seconds();
    }
    Show("generate", flags_.bytes - left, flags_.bytes);
  }
  return Status();
}

int Generation::Run() {
  const std::string& target = flags_.common.output;
  const std::vector<std::string>& files = flags_.common.files;
  const std::string name(files.empty() ? kStdin : std::string_view(files[0]));
  const Result<std::vector<uint8_t>> prompt = ReadPrompt(flags_, name);
  if (!prompt.ok()) return talk_->Error(DisplayName(name), prompt.status());
  Result<std::unique_ptr<Generator>> generator = MakeGenerator(
      SourceOf(flags_), prompt->size() + static_cast<size_t>(flags_.bytes));
  if (!generator.ok()) return talk_->Error("", generator.status());
  Result<Output> output = OpenOutput(flags_.prompt ? "" : name);
  if (!output.ok()) {
    return talk_->Error(target, output.status(), OutputAdvice(output.status()));
  }
  Status status = Read(*prompt, generator->get());
  if (status.ok()) status = Write(generator->get(), &*output);
  talk_->EndProgress();
  const double seconds = Seconds();
  const uint64_t written = output->written();
  const bool is_file = output->is_file();
  if (status.ok()) status = output->Commit(nullptr);
  if (!status.ok()) return talk_->Error(target, status, output->Remains());
  const std::string line = fmt::format(
      "{}: {} drawn from {} ({})", target.empty() ? "generate" : target,
      SizeText(written), flags_.source.from, DurationText(seconds));
  if (is_file || flags_.common.loudness > 2) talk_->Summary(line);
  return kExitOk;
}

}  // namespace

int RunGenerate(Args args) {
  static constexpr Syntax kSyntax = {
      "generate", "a continuation, drawn from a model or a compressor",
      "[FLAGS] [FILE]", kModelFlags | kThreadFlags | kForceFlags};
  GenerateFlags generate;
  Flags& flags = generate.common;
  const std::vector<ExtraFlag> table = generate.Table();
  if (const auto exit = ParseFlags(kSyntax, args, &flags, table)) return *exit;
  if (const std::string problem = Contradiction(generate); !problem.empty()) {
    return UsageError("generate", problem);
  }
  // A progress line on a terminal that receives the output would erase it.
  if (flags.progress == Talk::Progress::kAuto && flags.output.empty() &&
      IsTerminal(STDOUT_FILENO)) {
    flags.progress = Talk::Progress::kOff;
  }
  Talk talk(flags.loudness, flags.progress);
  return Generation(generate, &talk).Run();
}

}  // namespace lentil

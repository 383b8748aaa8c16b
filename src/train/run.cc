// SPDX-License-Identifier: Apache-2.0
// Drives a Trainer through its budget.

#include "train/run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/hash.h"
#include "base/output_file.h"
#include "model/imported/language_model.h"
#include "train/export.h"
#include "train/export_tokens.h"
#include "train/grow.h"
#include "train/token_set.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestSequence = 2048;
constexpr size_t kLongestOfTokens = 1024;
constexpr size_t kValidationSequences = 64;
constexpr size_t kValidationLength = 1024;
constexpr double kValidationMinutes = 2;
constexpr double kSmoothing = 0.02;
constexpr uint64_t kMostTokenizer = 100'000'000;  // as of a checkpoint

double MinutesSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count() / 60;
}

// The run: decides when to decay, save, validate, log and stop.
class Run {
 public:
  // A symbol is `unit` bytes long, on average.
  Run(const RunOptions& options, double unit, Trainer& trainer,
      const RunCallback& callback)
      : options_(options),
        unit_(unit),
        trainer_(trainer),
        callback_(callback),
        first_symbols_(trainer.state().bytes),
        log_(LogPath(options.out), std::ios::app) {}

  Status ToTheEnd() {
    while (!trainer_.finished()) {
      if (!trainer_.decaying() && StableDone()) LENTIL_RETURN_IF_ERROR(Decay());
      Observe(trainer_.Step());
      if (!callback_(progress_)) {
        LENTIL_RETURN_IF_ERROR(Save(CheckpointPath(options_.out)));
        return Status(Code::kCancelled, "stopped; --resume goes on from " +
                                            CheckpointPath(options_.out));
      }
      if (MinutesSince(saved_) > options_.checkpoint_minutes) {
        saved_ = Clock::now();
        LENTIL_RETURN_IF_ERROR(Save(CheckpointPath(options_.out)));
      }
    }
    return Save(CheckpointPath(options_.out));
  }

 private:
  uint64_t TrainedHere() const {
    return trainer_.state().bytes - first_symbols_;
  }
  double Bytes(uint64_t symbols) const {
    return unit_ * static_cast<double>(symbols);
  }

  bool StableDone() const {
    const double stable = 1.0 - options_.decay_fraction;
    if (options_.bytes > 0) {
      return Bytes(trainer_.state().bytes) >=
             stable * static_cast<double>(options_.bytes);
    }
    return MinutesSince(start_) >= stable * options_.minutes;
  }

  Status Decay() {
    LENTIL_RETURN_IF_ERROR(Save(StablePath(options_.out)));
    const double fraction = options_.decay_fraction;
    const double symbols =
        options_.bytes > 0
            ? static_cast<double>(options_.bytes) * fraction / unit_
            : static_cast<double>(TrainedHere()) * fraction / (1 - fraction);
    trainer_.BeginDecay(static_cast<uint64_t>(symbols));
    return {};
  }

  Status Save(const std::string& path) {
    return SaveCheckpoint(path, trainer_.layout(), trainer_.Snapshot());
  }

  void Observe(const StepReport& report) {
    RunProgress& p = progress_;
    const double blend = p.bits_per_byte == 0 ? 1.0 : kSmoothing;
    p.bits_per_byte += blend * (report.bits_per_byte / unit_ - p.bits_per_byte);
    p.bytes = static_cast<uint64_t>(Bytes(trainer_.state().bytes));
    p.decaying = trainer_.decaying();
    const double seconds = MinutesSince(start_) * 60;
    p.bytes_per_second = Bytes(TrainedHere()) / seconds;
    p.budget_bytes = BudgetBytes();
    p.seconds_left = std::max(0.0, static_cast<double>(p.budget_bytes) -
                                       static_cast<double>(p.bytes)) /
                     p.bytes_per_second;
    if (MinutesSince(validated_) > kValidationMinutes) {
      p.validation = trainer_.Validate(kValidationSequences, kValidationLength,
                                       trainer_.IsRounded()) /
                     unit_;
      validated_ = Clock::now();
      Log(report, seconds);
    }
  }

  uint64_t BudgetBytes() const {
    const TrainState& s = trainer_.state();
    if (trainer_.decaying()) {
      return static_cast<uint64_t>(Bytes(s.decay_start + s.decay_bytes));
    }
    if (options_.bytes > 0) return options_.bytes;
    return static_cast<uint64_t>(Bytes(first_symbols_) +
                                 progress_.bytes_per_second * options_.minutes *
                                     60);
  }

  void Log(const StepReport& report, double seconds) {
    log_ << nlohmann::ordered_json{{"bytes", progress_.bytes},
                                   {"steps", trainer_.state().steps},
                                   {"seconds", seconds},
                                   {"bits_per_byte", progress_.bits_per_byte},
                                   {"validation", progress_.validation},
                                   {"gradient_norm", report.gradient_norm},
                                   {"rate", report.rate},
                                   {"decaying", progress_.decaying}}
         << std::endl;
  }

  const RunOptions& options_;
  const double unit_;
  Trainer& trainer_;
  const RunCallback& callback_;
  const uint64_t first_symbols_;
  std::ofstream log_;
  RunProgress progress_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point saved_ = start_;
  Clock::time_point validated_ = start_;
};

Result<TrainCheckpoint> FirstState(const RunOptions& options,
                                   const Vocabulary& vocabulary) {
  if (!options.grow.empty()) {
    LENTIL_ASSIGN_OR_RETURN(const TrainCheckpoint from,
                            LoadCheckpoint(options.grow));
    Result<TrainCheckpoint> grown = Grow(from, options.config);
    if (!grown.ok()) return grown.status().WithContext(options.grow);
    return grown;
  }
  if (options.resume.empty()) {
    TrainCheckpoint fresh;
    fresh.config = options.config;
    fresh.vocabulary = vocabulary;
    fresh.state.seed = options.seed;
    fresh.parameters = InitialParameters(
        ParameterLayout(options.config, vocabulary), options.seed);
    return fresh;
  }
  LENTIL_ASSIGN_OR_RETURN(TrainCheckpoint checkpoint,
                          LoadCheckpoint(options.resume));
  if (!(checkpoint.config == options.config)) {
    return Status(Code::kInvalidArgument,
                  options.resume + ": is of another preset; name that one");
  }
  if (!(checkpoint.vocabulary == vocabulary)) {
    return Status(Code::kInvalidArgument,
                  options.resume +
                      ": is of other tokens than these data and "
                      "flags give");
  }
  return checkpoint;
}

// A file of its own, since others will lie beside it.
Status TryToWrite(const std::string& path, bool overwrite) {
  const auto kind = CheckOutput(path, {.overwrite = overwrite});
  if (!kind.ok()) return kind.status().WithContext(path);
  if (*kind == OutputKind::kFile) return Status();
  return Status(Code::kInvalidArgument,
                path + ": is no file, so no checkpoint can lie beside it");
}

// The state of another run is not lost to one that begins anew.
Status KeepOldCheckpoint(const RunOptions& options) {
  const std::string path = CheckpointPath(options.out);
  if (options.overwrite || !options.resume.empty() ||
      !std::filesystem::exists(path)) {
    return Status();
  }
  return Status(Code::kExists,
                path +
                    ": is the state of another run; --resume goes on "
                    "from it");
}

// What cannot be written should not be found out after hours.
Status TryToWrite(const RunOptions& options) {
  // A run adds to its log, but not to what a link names.
  if (std::filesystem::is_symlink(LogPath(options.out))) {
    LENTIL_RETURN_IF_ERROR(WriteFile(LogPath(options.out), {}));
  }
  if (!options.IsOfTokens()) {
    LENTIL_RETURN_IF_ERROR(TryToWrite(options.out, options.overwrite));
    return KeepOldCheckpoint(options);
  }
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) return Status(Code::kIo, options.out + ": " + error.message());
  for (const char* name : kTokenModelFiles) {
    LENTIL_RETURN_IF_ERROR(
        TryToWrite(options.out + "/" + name, options.overwrite));
  }
  return KeepOldCheckpoint(options);
}

Result<std::vector<TextSource>> LoadData(const RunOptions& options) {
  DataBudget budget = options.budget;
  return LoadSources(options.data, {.set = options.set}, &budget);
}

// One without tokens, if the model is of bytes; else fills those of the
// sources.
Result<TokenSet> ChooseTokens(const RunOptions& options,
                              std::vector<TextSource>* sources) {
  TokenSet set;
  if (!options.IsOfTokens()) return set;
  if (options.tokens > 0) {
    LENTIL_ASSIGN_OR_RETURN(set, LearnTokenSet(*sources, options.tokens));
  } else {
    const Result<std::vector<uint8_t>> file =
        ReadFile(options.tokenizer, kMostTokenizer);
    if (!file.ok()) return file.status().WithContext(options.tokenizer);
    Result<TokenSet> read = TokenSetFromJson({file->begin(), file->end()});
    if (!read.ok()) return read.status().WithContext(options.tokenizer);
    set = *std::move(read);
  }
  LENTIL_RETURN_IF_ERROR(Tokenize(set, sources));
  return set;
}

// What the model's file says of its origin.
std::string Card(const RunOptions& options, const Corpus& corpus,
                 const RunSummary& summary) {
  nlohmann::ordered_json data = nlohmann::ordered_json::array();
  for (const SourceRequest& request : options.data) {
    data.push_back(request.path.substr(request.path.rfind('/') + 1));
  }
  return nlohmann::ordered_json{
      {"seed", summary.state.seed},
      {"steps", summary.state.steps},
      {"bytes", summary.bytes},
      {"corpus_bytes",
       static_cast<uint64_t>(corpus.bytes_per_symbol() *
                             static_cast<double>(corpus.training_symbols()))},
      {"validation_bits_per_byte", summary.validation},
      {"data", data}}
      .dump();
}

// Writes a native model.
Status WriteModel(const RunOptions& options, const std::string& card,
                  Trainer* trainer, RunSummary* summary) {
  LENTIL_ASSIGN_OR_RETURN(
      const NativeModel model,
      ExportNative(trainer->layout(), trainer->Snapshot().parameters,
                   options.name, card));
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> file, WriteNative(model));
  summary->model_bytes = file.size();
  summary->model_hash = Hash64(file);
  return WriteFile(options.out, file).WithContext(options.out);
}

Status WriteTokenModel(const RunOptions& options, const TokenSet& tokens,
                       const std::string& card, Trainer* trainer,
                       RunSummary* summary) {
  LENTIL_RETURN_IF_ERROR(ExportTokenModel(trainer->layout(),
                                          trainer->Snapshot().parameters,
                                          tokens.json, card, options.out));
  LENTIL_ASSIGN_OR_RETURN(const std::shared_ptr<const LanguageModel> model,
                          LanguageModel::Open(options.out));
  summary->model_bytes = model->stored_bytes();
  summary->model_hash = model->hash();
  return Status();
}

}  // namespace

std::string CheckpointPath(const std::string& out) {
  return out + ".checkpoint";
}
std::string StablePath(const std::string& out) { return out + ".stable"; }
std::string LogPath(const std::string& out) { return out + ".log.jsonl"; }

Result<RunSummary> RunTraining(const RunOptions& options,
                               const RunCallback& callback) {
  if ((options.bytes > 0) == (options.minutes > 0)) {
    return Status(Code::kInvalidArgument,
                  "give either --bytes or --minutes, above 0");
  }
  LENTIL_RETURN_IF_ERROR(TryToWrite(options));
  LENTIL_ASSIGN_OR_RETURN(std::vector<TextSource> sources, LoadData(options));
  LENTIL_ASSIGN_OR_RETURN(const TokenSet tokens,
                          ChooseTokens(options, &sources));
  LENTIL_ASSIGN_OR_RETURN(TrainCheckpoint first,
                          FirstState(options, tokens.vocabulary));
  LENTIL_ASSIGN_OR_RETURN(
      const Corpus corpus,
      Corpus::Create(std::move(sources), options.IsOfTokens()
                                             ? kLongestOfTokens
                                             : kLongestSequence));
  const double unit = corpus.bytes_per_symbol();
  Trainer trainer(std::move(first), corpus, options.train);
  LENTIL_RETURN_IF_ERROR(Run(options, unit, trainer, callback).ToTheEnd());

  RunSummary summary;
  summary.state = trainer.state();
  summary.bytes =
      static_cast<uint64_t>(unit * static_cast<double>(trainer.state().bytes));
  const auto validate = [&](bool quantize) {
    return trainer.Validate(kValidationSequences, kValidationLength, quantize) /
           unit;
  };
  summary.validation = validate(trainer.IsRounded());
  summary.validation_float = validate(false);
  const std::string card = Card(options, corpus, summary);
  LENTIL_RETURN_IF_ERROR(
      options.IsOfTokens()
          ? WriteTokenModel(options, tokens, card, &trainer, &summary)
          : WriteModel(options, card, &trainer, &summary));
  return summary;
}

}  // namespace lentil

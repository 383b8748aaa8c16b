// SPDX-License-Identifier: Apache-2.0
// Drives a Trainer through its budget.

#include "train/run.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/hash.h"
#include "train/export.h"
#include "train/grow.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestSequence = 2048;
constexpr size_t kValidationSequences = 64;
constexpr size_t kValidationLength = 1024;
constexpr double kValidationMinutes = 2;
constexpr double kSmoothing = 0.02;

double MinutesSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count() / 60;
}

// The run: decides when to decay, save, validate, log and stop.
class Run {
 public:
  Run(const RunOptions& options, Trainer& trainer, const RunCallback& callback)
      : options_(options),
        trainer_(trainer),
        callback_(callback),
        first_bytes_(trainer.state().bytes),
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
  uint64_t TrainedHere() const { return trainer_.state().bytes - first_bytes_; }

  bool StableDone() const {
    const double stable = 1.0 - options_.decay_fraction;
    if (options_.bytes > 0) {
      return static_cast<double>(trainer_.state().bytes) >=
             stable * static_cast<double>(options_.bytes);
    }
    return MinutesSince(start_) >= stable * options_.minutes;
  }

  Status Decay() {
    LENTIL_RETURN_IF_ERROR(Save(StablePath(options_.out)));
    const double fraction = options_.decay_fraction;
    const double bytes =
        options_.bytes > 0
            ? static_cast<double>(options_.bytes) * fraction
            : static_cast<double>(TrainedHere()) * fraction / (1 - fraction);
    trainer_.BeginDecay(static_cast<uint64_t>(bytes));
    return {};
  }

  Status Save(const std::string& path) {
    return SaveCheckpoint(path, trainer_.layout(), trainer_.Snapshot());
  }

  void Observe(const StepReport& report) {
    RunProgress& p = progress_;
    const double blend = p.bits_per_byte == 0 ? 1.0 : kSmoothing;
    p.bits_per_byte += blend * (report.bits_per_byte - p.bits_per_byte);
    p.state = trainer_.state();
    p.decaying = trainer_.decaying();
    const double seconds = MinutesSince(start_) * 60;
    p.bytes_per_second = static_cast<double>(TrainedHere()) / seconds;
    p.budget_bytes = BudgetBytes();
    p.seconds_left = std::max(0.0, static_cast<double>(p.budget_bytes) -
                                       static_cast<double>(p.state.bytes)) /
                     p.bytes_per_second;
    if (MinutesSince(validated_) > kValidationMinutes) {
      p.validation = trainer_.Validate(kValidationSequences, kValidationLength,
                                       p.decaying);
      validated_ = Clock::now();
      Log(report, seconds);
    }
  }

  uint64_t BudgetBytes() const {
    const TrainState& s = trainer_.state();
    if (trainer_.decaying()) return s.decay_start + s.decay_bytes;
    if (options_.bytes > 0) return options_.bytes;
    return first_bytes_ + static_cast<uint64_t>(progress_.bytes_per_second *
                                                options_.minutes * 60);
  }

  void Log(const StepReport& report, double seconds) {
    log_ << nlohmann::ordered_json{{"bytes", progress_.state.bytes},
                                   {"steps", progress_.state.steps},
                                   {"seconds", seconds},
                                   {"bits_per_byte", progress_.bits_per_byte},
                                   {"validation", progress_.validation},
                                   {"gradient_norm", report.gradient_norm},
                                   {"rate", report.rate},
                                   {"decaying", progress_.decaying}}
         << std::endl;
  }

  const RunOptions& options_;
  Trainer& trainer_;
  const RunCallback& callback_;
  const uint64_t first_bytes_;
  std::ofstream log_;
  RunProgress progress_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point saved_ = start_;
  Clock::time_point validated_ = start_;
};

Result<TrainCheckpoint> FirstState(const RunOptions& options) {
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
    fresh.state.seed = options.seed;
    fresh.parameters =
        InitialParameters(ParameterLayout(options.config), options.seed);
    return fresh;
  }
  LENTIL_ASSIGN_OR_RETURN(TrainCheckpoint checkpoint,
                          LoadCheckpoint(options.resume));
  if (!(checkpoint.config == options.config)) {
    return Status(Code::kInvalidArgument,
                  options.resume + ": is of another preset; name that one");
  }
  return checkpoint;
}

Result<std::vector<TextSource>> LoadData(const RunOptions& options) {
  return LoadSources(options.data, options.data_limit,
                     options.set ? ToSet(*options.set) : nullptr);
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
      {"bytes", summary.state.bytes},
      {"corpus_bytes", corpus.training_symbols()},
      {"validation_bits_per_byte", summary.validation},
      {"data", data}}
      .dump();
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
  // What cannot be written should not be found out after hours.
  LENTIL_RETURN_IF_ERROR(AtomicFile::Create(options.out, options.overwrite)
                             .status()
                             .WithContext(options.out));
  LENTIL_ASSIGN_OR_RETURN(TrainCheckpoint first, FirstState(options));
  LENTIL_ASSIGN_OR_RETURN(std::vector<TextSource> sources, LoadData(options));
  LENTIL_ASSIGN_OR_RETURN(const Corpus corpus,
                          Corpus::Create(std::move(sources), kLongestSequence));
  Trainer trainer(std::move(first), corpus, options.train);
  LENTIL_RETURN_IF_ERROR(Run(options, trainer, callback).ToTheEnd());

  RunSummary summary;
  summary.state = trainer.state();
  summary.validation =
      trainer.Validate(kValidationSequences, kValidationLength, true);
  summary.validation_float =
      trainer.Validate(kValidationSequences, kValidationLength, false);
  LENTIL_ASSIGN_OR_RETURN(
      const NativeModel model,
      ExportNative(trainer.layout(), trainer.Snapshot().parameters,
                   options.name, Card(options, corpus, summary)));
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> file, WriteNative(model));
  summary.model_bytes = file.size();
  summary.model_hash = Hash64(file);
  LENTIL_RETURN_IF_ERROR(
      WriteFileAtomically(options.out, file).WithContext(options.out));
  return summary;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Section 3.6, Table 2: vocabularies against sizes of models. Every model is
// trained here, from nothing, on the same bytes; only the tokenizer differs.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/thread_pool.h"
#include "bench/temporary_folder.h"
#include "cli/figures.h"
#include "cli/repro/experiment.h"
#include "cli/repro/paper.h"
#include "train/export_tokens.h"
#include "train/presets.h"
#include "train/token_set.h"
#include "train/trainer.h"

namespace lentil {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kChunks = 64;
constexpr uint64_t kTrainBytes = 1 << 20;
constexpr uint64_t kQuickTrainBytes = 192 << 10;
// Of text that unpacks, without -M: it is held in the tokens of every
// vocabulary, some twelve bytes for each of its own.
constexpr uint64_t kMostUnpacked = 32 << 20;
constexpr double kTrainShare = 0.9;  // of --text without --train-text
constexpr double kDecayShare = 0.25;
constexpr uint64_t kWarmupSteps = 20;

// Bytes are a vocabulary without merges.
constexpr uint32_t kVocabularies[] = {kFewestTokens, 1000,  2000,
                                      5000,          10000, 20000};
constexpr uint32_t kQuickVocabularies[] = {kFewestTokens, 1000, 5000};
constexpr const char* kBodies[] = {"nano", "small"};
constexpr const char* kQuickBodies[] = {"tiny", "nano"};

// A step takes as many bytes of every vocabulary: short sequences at first, in
// the second half of the training whole chunks as they will be coded.
constexpr double kShortBytes = kSetChunk / 4;
constexpr size_t kShortSequences = 2;

// Text to train on, and other text to be judged on.
struct Texts {
  std::vector<TextSource> train;
  EvalData judged;
};

// One vocabulary of an exhibit: the training text in its tokens.
struct Tokens {
  TokenSet set;
  Corpus corpus;

  double bytes_each() const { return corpus.bytes_per_symbol(); }
  size_t Sequence(double bytes) const {
    return static_cast<size_t>(
        std::max(16.0, std::round(bytes / bytes_each())));
  }
};

Result<std::vector<TextSource>> Load(const std::vector<std::string>& paths,
                                     uint64_t memory) {
  std::vector<SourceRequest> requests;
  for (const std::string& path : paths) requests.push_back({path, 0});
  DataBudget budget = DataBudget::Of(
      memory, kMostUnpacked,
      "name less text with --train-text, or -M SIZE to hold more");
  return LoadSources(requests, {}, &budget);
}

// The ends of files are held out, unless there are files to train on.
Result<std::optional<Texts>> ReadTexts(Repro* repro) {
  const ReproOptions& options = repro->options();
  const uint64_t chunks = repro->Chunks(kChunks);
  Texts texts;
  if (options.text.empty()) return std::optional<Texts>();
  if (!options.train_text.empty()) {
    LENTIL_ASSIGN_OR_RETURN(texts.train,
                            Load(options.train_text, options.memory));
    LENTIL_ASSIGN_OR_RETURN(std::optional<EvalData> judged,
                            repro->Read(SetKind::kText, chunks));
    if (!judged) return std::optional<Texts>();
    texts.judged = *std::move(judged);
    return std::optional<Texts>(std::move(texts));
  }
  LENTIL_ASSIGN_OR_RETURN(texts.train, Load(options.text, options.memory));
  texts.judged.name = NameOf(SetKind::kText);
  std::vector<uint8_t>& judged = texts.judged.bytes;
  for (TextSource& source : texts.train) {
    const auto kept = static_cast<size_t>(
        kTrainShare * static_cast<double>(source.bytes.size()));
    LENTIL_RETURN_IF_ERROR(AppendChunks(SetKind::kText,
                                        std::span(source.bytes).subspan(kept),
                                        kSetChunk, &judged));
    source.bytes.resize(kept);
    source.weight = static_cast<double>(kept);
  }
  if (judged.empty()) {
    return Status(
        Code::kInvalidArgument,
        fmt::format("no last tenth of a text has {} bytes", kSetChunk));
  }
  judged = SampleChunks(std::move(judged), kSetChunk, chunks, options.seed);
  return std::optional<Texts>(std::move(texts));
}

Result<Tokens> MakeTokens(std::vector<TextSource> sources, uint32_t size) {
  LENTIL_ASSIGN_OR_RETURN(TokenSet set, LearnTokenSet(sources, size));
  LENTIL_RETURN_IF_ERROR(Tokenize(set, &sources));
  double bytes = 0;
  double symbols = 0;
  for (const TextSource& source : sources) {
    bytes += static_cast<double>(source.bytes.size());
    symbols += static_cast<double>(source.tokens.size());
  }
  const auto longest =
      static_cast<size_t>(std::ceil(kSetChunk * symbols / bytes));
  LENTIL_ASSIGN_OR_RETURN(Corpus corpus,
                          Corpus::Create(std::move(sources), longest));
  return Tokens{std::move(set), std::move(corpus)};
}

// Trains a model of these tokens on `bytes` bytes of text.
TrainCheckpoint Train(const Tokens& tokens, const DecoderConfig& config,
                      uint64_t bytes, uint64_t seed) {
  TrainCheckpoint fresh;
  fresh.config = config;
  fresh.config.inputs = LastBytes(1);
  fresh.vocabulary = tokens.set.vocabulary;
  fresh.state.seed = seed;
  fresh.parameters =
      InitialParameters(ParameterLayout(fresh.config, fresh.vocabulary), seed);
  const auto symbols = [&tokens](double n) {
    return static_cast<uint64_t>(n / tokens.bytes_each());
  };
  const auto all = static_cast<double>(bytes);
  TrainOptions train;
  train.warmup_steps = kWarmupSteps;
  train.stages = {{0, tokens.Sequence(kShortBytes), kShortSequences},
                  {symbols(all / 2), tokens.Sequence(kSetChunk), 1}};
  Trainer trainer(std::move(fresh), tokens.corpus, train);
  while (!trainer.finished()) {
    if (!trainer.decaying() &&
        trainer.state().bytes >= symbols(all * (1 - kDecayShare))) {
      trainer.BeginDecay(symbols(all * kDecayShare));
    }
    trainer.Step();
  }
  return trainer.Snapshot();
}

std::vector<Column> Columns() {
  std::vector<Column> columns = {{"body", "body"},
                                 {"vocabulary", "vocabulary"},
                                 {"body_weights", "body weights"},
                                 {"weights", "all weights"},
                                 {"bytes_per_token", "bytes/token", 2},
                                 {"bits_per_byte", "bits/byte", 3},
                                 {"interval_95_bits", "± 95 %", 3},
                                 {"raw_percent", "raw %", 2},
                                 {"one_header_percent", "one header %", 2},
                                 {"adjusted_percent", "adj. %", 2},
                                 {"adjusted_float16_percent", "adj. f16 %", 2},
                                 {"train_seconds", "training s", 1},
                                 {"code_seconds", "coding s", 1}};
  for (const PaperBody& body : PaperBodies()) {
    columns.push_back({fmt::format("paper_unverified_{}_percent", body.name),
                       fmt::format("paper {}?", body.name), 1});
  }
  return columns;
}

// A transformer and a vocabulary, and what becomes of them.
struct Job {
  const Preset* body;
  const Tokens* tokens;
  uint32_t asked;      // size of the vocabulary
  std::string folder;  // of the model
  double train_seconds = 0;
  Status status = Status();
};

// Side by side, each on one thread, the largest first.
void TrainAll(Repro* repro, uint64_t bytes, std::vector<Job>* jobs) {
  Talk* talk = repro->talk();
  if (talk->ShowsProgress()) {
    talk->ProgressLine(fmt::format("training {} models", jobs->size()));
  }
  ThreadPool pool(repro->options().flags.NumThreads() - 1);
  pool.ParallelFor(jobs->size(), [&](size_t i) {
    Job& job = (*jobs)[jobs->size() - 1 - i];
    const Clock::time_point start = Clock::now();
    const TrainCheckpoint trained =
        Train(*job.tokens, job.body->config, bytes, repro->options().seed);
    job.train_seconds =
        std::chrono::duration<double>(Clock::now() - start).count();
    const ParameterLayout layout(trained.config, trained.vocabulary);
    job.status = ExportTokenModel(layout, trained.parameters,
                                  job.tokens->set.json, "{}", job.folder);
  });
  talk->EndProgress();
}

// Codes and decodes with a model that was trained.
Result<TableRow> Judge(Repro* repro, const EvalData& judged, const Job& job) {
  LENTIL_RETURN_IF_ERROR(job.status);
  const std::string name = fmt::format("{} {}", job.body->name, job.asked);
  LENTIL_ASSIGN_OR_RETURN(std::vector<Subject> subjects,
                          FindSubjects(job.folder, repro->options().flags));
  subjects.front().name = name;
  Evaluation evaluation(std::move(subjects), {}, repro->talk());
  if (evaluation.Add(judged, kSetChunk) != kExitOk) {
    return Status(Code::kVerifyFailed, "no figures of " + name);
  }
  const EvalResult& result = evaluation.results().front();
  const Score& score = result.rows.front().score;
  const Figures figures(score, result.subject);
  const TokenSet& set = job.tokens->set;
  const uint64_t in_tables =
      uint64_t{2} * set.vocabulary.size * job.body->config.d_model;
  std::vector<uint32_t> coded;
  set.tokenizer->Encode(judged.bytes, &coded);
  TableRow row;
  row.mark = Mark::kOwn;
  row.cells = {
      std::string(job.body->name),
      job.asked == kFewestTokens ? Cell("bytes")
                                 : Cell(uint64_t{set.tokenizer->vocab_size()}),
      result.subject.weights - in_tables,
      result.subject.weights,
      static_cast<double>(score.bytes) / static_cast<double>(coded.size()),
      figures.bits,
      figures.half_interval,
      figures.rate * 100,
      figures.one_header * 100,
      figures.adjusted * 100,
      figures.adjusted_float16 * 100,
      job.train_seconds,
      score.encode_seconds + score.decode_seconds};
  for (const PaperBody& paper : PaperBodies()) {
    const double* percent = paper.Of(job.asked);
    row.cells.push_back(percent ? Cell(*percent) : Cell());
  }
  return row;
}

// A curve for each body.
Scatter Chart(const std::vector<TableRow>& rows, const std::vector<Job>& jobs) {
  Scatter chart = {"Rate against vocabulary", "tokens", "one header %", {}};
  chart.joined = true;
  chart.hint = "low is best; named by the transformer";
  for (size_t i = 0; i < rows.size(); ++i) {
    chart.points.push_back({static_cast<double>(jobs[i].asked),
                            std::get<double>(rows[i].cells[8]),
                            std::string(jobs[i].body->name), rows[i].mark});
  }
  return chart;
}

}  // namespace

Result<std::vector<Table>> ReproTokenization(Repro* repro) {
  const ReproOptions& options = repro->options();
  LENTIL_ASSIGN_OR_RETURN(const std::optional<Texts> texts, ReadTexts(repro));
  if (!texts) return std::vector<Table>();
  const std::span<const uint32_t> vocabularies =
      options.quick ? std::span<const uint32_t>(kQuickVocabularies)
                    : std::span<const uint32_t>(kVocabularies);
  const std::span<const char* const> bodies =
      options.quick ? std::span<const char* const>(kQuickBodies)
                    : std::span<const char* const>(kBodies);
  uint64_t bytes = options.quick ? kQuickTrainBytes : kTrainBytes;
  if (options.train_bytes > 0) bytes = options.train_bytes;
  LENTIL_ASSIGN_OR_RETURN(const TemporaryFolder folder,
                          TemporaryFolder::Create());
  std::vector<Tokens> tokens;
  for (const uint32_t size : vocabularies) {
    LENTIL_ASSIGN_OR_RETURN(Tokens made, MakeTokens(texts->train, size));
    tokens.push_back(std::move(made));
  }
  std::vector<Job> jobs;
  for (const char* body : bodies) {
    for (size_t v = 0; v < vocabularies.size(); ++v) {
      jobs.push_back(
          {FindPreset(body), &tokens[v], vocabularies[v],
           fmt::format("{}/{}-{}", folder.path(), body, vocabularies[v])});
    }
  }
  TrainAll(repro, bytes, &jobs);
  Table table;
  table.name = "lmic-tokenization: text";
  table.facts = {{"bytes", "bytes", uint64_t{texts->judged.bytes.size()}},
                 {"train_bytes", "trained on", bytes}};
  table.columns = Columns();
  for (const Job& job : jobs) {
    LENTIL_ASSIGN_OR_RETURN(TableRow row, Judge(repro, texts->judged, job));
    table.rows.push_back(std::move(row));
  }
  table.charts = {Chart(table.rows, jobs)};
  table.notes = {
      "models of tokens trained here for this table, each on the same number "
      "of bytes in the same number of steps; coded in chunks of 2048 bytes, by "
      "the model alone. Body: all weights but embeddings and unembeddings. "
      "Weights are float32",
      "paper ?: Table 2, enwik8, by the weights of its models; second-hand "
      "figures, not verified, and they must include text trained on"};
  return std::vector<Table>{std::move(table)};
}

}  // namespace lentil

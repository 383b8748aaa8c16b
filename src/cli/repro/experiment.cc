// SPDX-License-Identifier: Apache-2.0
// The table of experiments, and what they share.

#include "cli/repro/experiment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "cli/model_source.h"

namespace lentil {
namespace {

constexpr Experiment kExperiments[] = {
    {"lmic-table1",
     "Table 1: rates of models and compressors, raw and adjusted",
     &ReproTable1},
    {"lmic-scaling", "Figure 2: which size of model for how much data",
     &ReproScaling},
    {"lmic-context", "Figure 4: the rate against the length of the sequence",
     &ReproContext},
    {"lmic-window", "section 3.1: a sliding window against chunks",
     &ReproWindow},
    {"lmic-tokenization",
     "section 3.6: vocabularies of tokens, trained here, against bytes",
     &ReproTokenization},
    {"lmic-generation", "section 3.4: continuations of text, pictures, sound",
     &ReproGeneration},
};

constexpr uint64_t kQuickShare = 16;  // of the chunks, with --quick
constexpr uint64_t kFewestChunks = 12;

const std::vector<std::string>& FilesOf(const ReproOptions& options,
                                        SetKind kind) {
  switch (kind) {
    case SetKind::kGray:
      return options.images;
    case SetKind::kAudio8:
    case SetKind::kAudio16:
      return options.audio;
    default:
      return options.text;
  }
}

}  // namespace

std::span<const Experiment> Experiments() { return kExperiments; }

const Experiment* FindExperiment(std::string_view name) {
  for (const Experiment& experiment : kExperiments) {
    if (experiment.name == name) return &experiment;
  }
  return nullptr;
}

uint64_t Repro::Chunks(uint64_t many) const {
  if (options_.chunks > 0) return options_.chunks;
  return options_.quick ? std::max(kFewestChunks, many / kQuickShare) : many;
}

Result<std::optional<EvalData>> Repro::Read(SetKind kind, uint64_t chunks) {
  Flags flags = options_.flags;
  if (kind != SetKind::kRandom) {
    flags.files = FilesOf(options_, kind);
    flags.recurse = true;
    if (flags.files.empty()) return std::optional<EvalData>();
  }
  const EvalCut cut = {.set = kind,
                       .chunk = kSetChunk,
                       .limit = chunks,
                       .seed = options_.seed,
                       .memory = options_.memory};
  Result<EvalData> data = ReadEvalSet(flags, cut, talk_, &exit_);
  if (data.ok()) return std::optional<EvalData>(*std::move(data));
  if (IsReported(data.status())) return std::optional<EvalData>();
  return data.status();
}

Result<std::vector<Subject>> Repro::Models() const {
  return FindSubjects(options_.models.empty()
                          ? fmt::format("{}", fmt::join(EmbeddedNames(), ","))
                          : options_.models,
                      options_.flags);
}

Result<std::vector<Subject>> Repro::Subjects(const std::string& list) const {
  std::vector<Subject> all;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    Result<std::vector<Subject>> one = FindSubjects(word, options_.flags);
    if (!one.ok() && one.status().code() == Code::kUnsupported) continue;
    if (!one.ok()) return one.status();
    all.push_back(std::move(one->front()));
  }
  return all;
}

}  // namespace lentil

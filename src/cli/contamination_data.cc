// SPDX-License-Identifier: Apache-2.0
// What `lentil contamination` reads and measures.

#include "cli/contamination_data.h"

#include <fmt/format.h>

#include <mutex>
#include <numeric>

#include "base/fp_mode.h"
#include "base/thread_pool.h"
#include "cli/input.h"
#include "cli/score.h"
#include "cli/subject.h"
#include "data/shuffled_text.h"
#include "model/surprisal.h"
#include "train/text_source.h"

namespace lentil {
namespace {

using Text = std::span<const uint8_t>;

Status TooShort(uint64_t bytes) {
  return Status(Code::kInvalidArgument,
                fmt::format("{} bytes are too few; texts have at least {}",
                            bytes, kLeastText));
}

// By the model; one decoder for all texts of a thread would save little.
std::vector<uint64_t> Surprisals(const std::shared_ptr<const Model>& model,
                                 Text text) {
  const ScopedFpMode mode;
  Decoder decoder(model, 1, kMaxBatch);
  std::vector<uint64_t> surprisals(text.size());
  AddSurprisals(text, &decoder, surprisals);
  return surprisals;
}

double Bits(std::span<const uint64_t> surprisals) {
  const uint64_t sum =
      std::accumulate(surprisals.begin(), surprisals.end(), uint64_t{0});
  return static_cast<double>(sum) * kSurprisalUnit;
}

Result<double> ReferenceBits(const Subject& reference, Text text) {
  LENTIL_ASSIGN_OR_RETURN(const Score score,
                          ScoreSubject(reference, {text, {}, 0}));
  return 8.0 * static_cast<double>(score.compressed_bytes);
}

Result<ContaminationSample> Measure(const NamedText& text,
                                    const ContaminationOptions& options,
                                    const Subject& reference) {
  const std::vector<uint8_t> words = ShuffleWords(text.bytes, options.seed);
  const std::vector<uint8_t> sentences =
      ShuffleSentences(text.bytes, options.seed);
  ContaminationSample sample;
  sample.bytes = text.bytes.size();
  LENTIL_ASSIGN_OR_RETURN(sample.reference.text,
                          ReferenceBits(reference, text.bytes));
  LENTIL_ASSIGN_OR_RETURN(sample.reference.words,
                          ReferenceBits(reference, words));
  LENTIL_ASSIGN_OR_RETURN(sample.reference.sentences,
                          ReferenceBits(reference, sentences));
  std::vector<uint64_t> surprisals = Surprisals(options.model, text.bytes);
  sample.model.text = Bits(surprisals);
  sample.tail_bits = MeanTail(std::move(surprisals));
  sample.model.words = Bits(Surprisals(options.model, words));
  sample.model.sentences = Bits(Surprisals(options.model, sentences));
  return sample;
}

}  // namespace

Result<NamedText> ReadText(const std::string& name, uint64_t limit,
                           DataBudget* budget) {
  NamedText text = {std::string(DisplayName(name)), {}};
  Result<DataFile> file =
      name == kStdin ? DataFile::Stdin() : DataFile::Open(name);
  if (!file.ok()) return file.status().WithContext(text.name);
  Result<std::vector<uint8_t>> read = ReadData(&*file, limit, budget);
  if (!read.ok()) return read.status().WithContext(text.name);
  text.bytes = *std::move(read);
  if (text.bytes.size() < kLeastText) {
    return TooShort(text.bytes.size()).WithContext(text.name);
  }
  return text;
}

Status AppendTexts(const std::string& path, uint64_t limit, DataBudget* budget,
                   Talk* talk, std::vector<NamedText>* texts) {
  LENTIL_ASSIGN_OR_RETURN(
      std::vector<TextSource> sources,
      LoadSources({SourceRequest{path, 0}}, {.first = limit}, budget));
  for (TextSource& source : sources) {
    if (source.bytes.size() < kLeastText) {
      talk->Note(fmt::format("{}: left out: {}", source.path,
                             TooShort(source.bytes.size()).message()));
      continue;
    }
    texts->push_back({source.path, std::move(source.bytes)});
  }
  return Status();
}

Result<std::vector<ContaminationSample>> MeasureContamination(
    std::span<const NamedText> texts, const ContaminationOptions& options,
    const std::function<void(size_t)>& callback) {
  Flags flags;
  flags.threads = 1;  // texts are what threads share out
  LENTIL_ASSIGN_OR_RETURN(const std::vector<Subject> reference,
                          FindSubjects("level1", flags));
  std::vector<ContaminationSample> samples(texts.size());
  Status first_error;
  size_t done = 0;
  std::mutex mutex;
  ThreadPool pool(options.threads - 1);
  pool.ParallelFor(texts.size(), [&](size_t i) {
    Result<ContaminationSample> sample =
        Measure(texts[i], options, reference.front());
    const std::lock_guard<std::mutex> lock(mutex);
    if (sample.ok()) {
      samples[i] = *sample;
    } else if (first_error.ok()) {
      first_error = sample.status().WithContext(texts[i].name);
    }
    callback(++done);
  });
  if (!first_error.ok()) return first_error;
  return samples;
}

}  // namespace lentil

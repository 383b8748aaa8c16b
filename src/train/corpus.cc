// SPDX-License-Identifier: Apache-2.0
// Draws sequences from the sources.

#include "train/corpus.h"

#include <algorithm>

#include "train/random.h"

namespace lentil {
namespace {

size_t RoundDown(size_t bytes, size_t chunk) {
  return chunk == 0 ? bytes : bytes / chunk * chunk;
}

size_t SymbolsOf(const TextSource& source) {
  return source.tokens.empty() ? source.bytes.size() : source.tokens.size();
}

}  // namespace

Result<Corpus> Corpus::Create(std::vector<TextSource> sources, size_t longest) {
  Corpus corpus;
  corpus.sources_ = std::move(sources);
  double total = 0;
  double bytes = 0;
  double symbols = 0;
  for (size_t i = 0; i < corpus.sources_.size(); ++i) {
    const size_t size = SymbolsOf(corpus.sources_[i]);
    bytes += static_cast<double>(corpus.sources_[i].bytes.size());
    symbols += static_cast<double>(size);
    if (!corpus.sources_[i].tokens.empty()) {
      std::vector<uint8_t>().swap(corpus.sources_[i].bytes);
    }
    const size_t held_out =
        std::max(longest, std::min(size / 100, kMaxValidation));
    if (size < held_out + longest) continue;
    const size_t training =
        RoundDown(size - held_out, corpus.sources_[i].chunk);
    total += corpus.sources_[i].weight;
    corpus.parts_.push_back({i, training, total});
    corpus.training_symbols_ += training;
  }
  if (corpus.parts_.empty()) {
    return Status(Code::kInvalidArgument, "no training file has " +
                                              std::to_string(2 * longest) +
                                              " symbols; give more data");
  }
  corpus.bytes_per_symbol_ = bytes / symbols;
  for (Part& part : corpus.parts_) part.cumulative /= total;
  return corpus;
}

const Corpus::Part& Corpus::PartAt(double share) const {
  const auto found = std::upper_bound(
      parts_.begin(), parts_.end(), share,
      [](double s, const Part& part) { return s < part.cumulative; });
  return found == parts_.end() ? parts_.back() : *found;
}

Corpus::Place Corpus::Draw(const TextSource& source, size_t begin, size_t end,
                           size_t length, uint64_t random) {
  const size_t chunk = source.chunk == 0 ? end - begin : source.chunk;
  const size_t chunks = (end - begin) / chunk;
  const size_t places = (chunk - length) / source.unit + 1;
  const size_t place = random % (chunks * places);
  return {source,
          begin + place / places * chunk + place % places * source.unit};
}

Corpus::Place Corpus::TrainingPlace(uint64_t seed, uint64_t number,
                                    size_t length) const {
  const Part& part = PartAt(RandomUniform(seed, 2 * number));
  return Draw(sources_[part.source], 0, part.training, length,
              RandomBits(seed, 2 * number + 1));
}

Corpus::Place Corpus::ValidationPlace(size_t i, size_t n, size_t length) const {
  const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(n);
  const Part& part = PartAt(share);
  const TextSource& source = sources_[part.source];
  return Draw(source, part.training, SymbolsOf(source), length,
              RandomBits(0, i));
}

void Corpus::TrainingSequence(uint64_t seed, uint64_t number, size_t length,
                              uint8_t* out) const {
  const Place place = TrainingPlace(seed, number, length);
  std::copy_n(place.source.bytes.data() + place.start, length, out);
}

void Corpus::TrainingSequence(uint64_t seed, uint64_t number, size_t length,
                              uint32_t* out) const {
  const Place place = TrainingPlace(seed, number, length);
  std::copy_n(place.source.tokens.data() + place.start, length, out);
}

void Corpus::ValidationSequence(size_t i, size_t n, size_t length,
                                uint8_t* out) const {
  const Place place = ValidationPlace(i, n, length);
  std::copy_n(place.source.bytes.data() + place.start, length, out);
}

void Corpus::ValidationSequence(size_t i, size_t n, size_t length,
                                uint32_t* out) const {
  const Place place = ValidationPlace(i, n, length);
  std::copy_n(place.source.tokens.data() + place.start, length, out);
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Draws sequences from the sources.

#include "train/corpus.h"

#include <algorithm>

#include "train/random.h"

namespace lentil {

Result<Corpus> Corpus::Create(std::vector<TextSource> sources, size_t longest) {
  Corpus corpus;
  corpus.sources_ = std::move(sources);
  double total = 0;
  for (size_t i = 0; i < corpus.sources_.size(); ++i) {
    const size_t size = corpus.sources_[i].bytes.size();
    const size_t held_out =
        std::max(longest, std::min(size / 100, kMaxValidation));
    if (size < held_out + longest) continue;
    total += corpus.sources_[i].weight;
    corpus.parts_.push_back({i, size - held_out, total});
    corpus.training_bytes_ += size - held_out;
  }
  if (corpus.parts_.empty()) {
    return Status(Code::kInvalidArgument, "no training file has " +
                                              std::to_string(2 * longest) +
                                              " bytes; give more data");
  }
  for (Part& part : corpus.parts_) part.cumulative /= total;
  return corpus;
}

const Corpus::Part& Corpus::PartAt(double share) const {
  const auto found = std::upper_bound(
      parts_.begin(), parts_.end(), share,
      [](double s, const Part& part) { return s < part.cumulative; });
  return found == parts_.end() ? parts_.back() : *found;
}

void Corpus::TrainingSequence(uint64_t seed, uint64_t number, size_t length,
                              uint8_t* out) const {
  const Part& part = PartAt(RandomUniform(seed, 2 * number));
  const size_t places = part.training - length + 1;
  const size_t start = RandomBits(seed, 2 * number + 1) % places;
  std::copy_n(sources_[part.source].bytes.data() + start, length, out);
}

void Corpus::ValidationSequence(size_t i, size_t n, size_t length,
                                uint8_t* out) const {
  const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(n);
  const Part& part = PartAt(share);
  const std::vector<uint8_t>& bytes = sources_[part.source].bytes;
  const size_t places = bytes.size() - part.training - length + 1;
  const size_t start = part.training + RandomBits(0, i) % places;
  std::copy_n(bytes.data() + start, length, out);
}

}  // namespace lentil

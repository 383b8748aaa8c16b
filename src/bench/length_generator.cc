// SPDX-License-Identifier: Apache-2.0
// What another compressor expects a text to go on with.

#include "bench/length_generator.h"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace lentil {

LengthGenerator::LengthGenerator(const CodeLengthKind& kind,
                                 const LengthOptions& options)
    : options_(options), pool_(options.threads - 1) {
  assert(options.horizon >= 1 && options.horizon <= kMaxHorizon);
  assert(options.beam >= 1 && options.beam <= kMaxBeam);
  assert(options.context <= kMaxContext && options.threads >= 1);
  for (int i = 0; i < options.threads; ++i) lengths_.push_back(kind.make());
}

Status LengthGenerator::Append(std::span<const uint8_t> bytes) {
  text_.insert(text_.end(), bytes.begin(), bytes.end());
  if (text_.size() > options_.context) {
    text_.erase(text_.begin(),
                text_.end() - static_cast<ptrdiff_t>(options_.context));
  }
  return Status();
}

// Every candidate with every byte behind it, in the order of their bytes.
std::vector<LengthGenerator::Candidate> LengthGenerator::Longer(
    const std::vector<Candidate>& shorter) {
  std::vector<Candidate> longer;
  longer.reserve(shorter.size() * 256);
  for (const Candidate& candidate : shorter) {
    for (int byte = 0; byte < 256; ++byte) {
      longer.push_back(candidate);
      longer.back().bytes.push_back(static_cast<uint8_t>(byte));
    }
  }
  return longer;
}

// One in `threads` of the candidates.
Status LengthGenerator::MeasureShare(size_t share,
                                     std::vector<Candidate>* candidates) {
  std::vector<uint8_t> text = text_;
  for (size_t i = share; i < candidates->size(); i += lengths_.size()) {
    Candidate& candidate = (*candidates)[i];
    text.resize(text_.size());
    text.insert(text.end(), candidate.bytes.begin(), candidate.bytes.end());
    LENTIL_ASSIGN_OR_RETURN(candidate.bits, lengths_[share]->Bits(text));
  }
  return Status();
}

Status LengthGenerator::Measure(std::vector<Candidate>* candidates) {
  std::vector<Status> results(lengths_.size());
  pool_.ParallelFor(lengths_.size(), [&](size_t share) {
    results[share] = MeasureShare(share, candidates);
  });
  for (const Status& result : results) LENTIL_RETURN_IF_ERROR(result);
  return Status();
}

void LengthGenerator::KeepShortest(Sampler* sampler,
                                   std::vector<Candidate>* candidates) const {
  if (candidates->size() <= options_.beam) return;
  if (!sampler->is_greedy()) {
    for (Candidate& candidate : *candidates) candidate.rank = sampler->Random();
  }
  const auto key = [](const Candidate& c) {
    return std::tie(c.bits, c.rank, c.bytes);
  };
  const auto end = candidates->begin() + options_.beam;
  std::nth_element(
      candidates->begin(), end, candidates->end(),
      [&](const auto& a, const auto& b) { return key(a) < key(b); });
  candidates->erase(end, candidates->end());
  std::sort(candidates->begin(), candidates->end(),
            [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
}

Status LengthGenerator::Draw(Sampler* sampler, std::vector<uint8_t>* out) {
  std::vector<Candidate> candidates(1);
  for (uint32_t i = 0; i < options_.horizon; ++i) {
    if (i > 0) KeepShortest(sampler, &candidates);
    candidates = Longer(candidates);
    LENTIL_RETURN_IF_ERROR(Measure(&candidates));
  }
  uint64_t least = UINT64_MAX;
  for (const Candidate& c : candidates) least = std::min(least, c.bits);
  std::vector<uint32_t> weights;
  weights.reserve(candidates.size());
  for (const Candidate& c : candidates) {
    const uint64_t longer = c.bits - least;
    weights.push_back(longer < 32 ? kMaxSampleWeight >> longer : 0);
  }
  const std::vector<uint8_t>& drawn = candidates[sampler->Draw(weights)].bytes;
  out->insert(out->end(), drawn.begin(), drawn.end());
  return Append(drawn);
}

}  // namespace lentil

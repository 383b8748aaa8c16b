// SPDX-License-Identifier: Apache-2.0
// Viterbi, forwards over the places between characters. Of equal sums the one
// found first stays, which is the one with the longer last token.

#include "tokenize/unigram_encoder.h"

#include <algorithm>
#include <utility>

namespace lentil {
namespace {

constexpr uint32_t kUnknown = UINT32_MAX;

// The best way to the place behind `size` bytes of `token`.
struct Step {
  double score = 0;
  uint32_t size = 0;  // 0: not reached
  uint32_t token = kUnknown;
};

}  // namespace

UnigramEncoder::UnigramEncoder(const TokenIndex* index,
                               const ByteSymbols& byte_symbols,
                               std::vector<double> scores, double unknown_score,
                               bool single_precision)
    : index_(index),
      byte_symbols_(byte_symbols),
      scores_(std::move(scores)),
      unknown_score_(unknown_score),
      single_precision_(single_precision) {}

void UnigramEncoder::Encode(ByteSpan piece,
                            std::vector<uint32_t>* symbols) const {
  std::vector<Step> steps(piece.size() + 1);
  const auto reach = [&](size_t from, uint32_t size, uint32_t token,
                         double score) {
    double sum = steps[from].score + score;
    if (single_precision_) sum = static_cast<float>(sum);
    Step& step = steps[from + size];
    if (step.size == 0 || sum > step.score) step = {sum, size, token};
  };
  for (size_t at = 0; at < piece.size(); ++at) {
    if (at > 0 && steps[at].size == 0) continue;
    const size_t unit = Utf8Step(piece.subspan(at));
    bool has_unit = false;
    index_->ForEachPrefix(piece.subspan(at), [&](uint32_t token, size_t size) {
      has_unit |= size == unit;
      reach(at, static_cast<uint32_t>(size), token, scores_[token]);
    });
    if (!has_unit) {
      reach(at, static_cast<uint32_t>(unit), kUnknown, unknown_score_);
    }
  }

  const auto start = static_cast<ptrdiff_t>(symbols->size());
  for (size_t end = piece.size(); end > 0; end -= steps[end].size) {
    const Step& step = steps[end];
    if (step.token != kUnknown) {
      symbols->push_back(step.token);
      continue;
    }
    for (size_t at = end; at > end - step.size; --at) {
      symbols->push_back(byte_symbols_[piece[at - 1]]);
    }
  }
  std::reverse(symbols->begin() + start, symbols->end());
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "train/token_set.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "model/imported/language_model.h"
#include "tokenize/bpe_trainer.h"
#include "tokenize/tokenizer_json.h"
#include "tokenize/tokenizer_json_writer.h"

namespace lentil {
namespace {

// Validation and what is judged come from the ends of sources.
constexpr double kLearnedShare = 0.9;
constexpr double kLearnedBytes = 32 << 20;

// The beginnings of all sources, the same share of each.
std::vector<uint8_t> Beginnings(const std::vector<TextSource>& sources) {
  double total = 0;
  for (const TextSource& s : sources) {
    total += static_cast<double>(s.bytes.size());
  }
  const double share = std::min(kLearnedShare, kLearnedBytes / total);
  std::vector<uint8_t> text;
  for (const TextSource& s : sources) {
    const double size = share * static_cast<double>(s.bytes.size());
    text.insert(text.end(), s.bytes.begin(),
                s.bytes.begin() + static_cast<ptrdiff_t>(size));
  }
  return text;
}

}  // namespace

Result<TokenSet> TokenSetFromJson(std::string json) {
  TokenSet set;
  LENTIL_ASSIGN_OR_RETURN(set.tokenizer, TokenizerFromJson(json));
  const uint32_t tokens = set.tokenizer->vocab_size();
  if (tokens > kMaxVocabulary) {
    return Status(Code::kInvalidArgument, "the tokenizer has too many tokens");
  }
  Vocabulary& v = set.vocabulary;
  v.size = (tokens + kVocabularyUnit - 1) / kVocabularyUnit * kVocabularyUnit;
  v.start = StartTokenOf(*set.tokenizer);
  v.hash = Hash64({reinterpret_cast<const uint8_t*>(json.data()), json.size()});
  set.json = std::move(json);
  return set;
}

Result<TokenSet> LearnTokenSet(const std::vector<TextSource>& sources,
                               uint32_t tokens) {
  LENTIL_ASSIGN_OR_RETURN(
      const TokenizerParts parts,
      TrainBpe(Beginnings(sources), {.vocab_size = tokens}));
  LENTIL_ASSIGN_OR_RETURN(std::string json, WriteTokenizerJson(parts));
  return TokenSetFromJson(std::move(json));
}

Status Tokenize(const TokenSet& set, std::vector<TextSource>* sources) {
  const uint32_t known = set.tokenizer->vocab_size();
  for (TextSource& source : *sources) {
    source.tokens.clear();
    set.tokenizer->Encode(source.bytes, &source.tokens);
    for (const uint32_t token : source.tokens) {
      if (token < known) continue;
      return Status(
          Code::kInvalidArgument,
          source.path + ": has bytes that are no token of this tokenizer");
    }
  }
  return Status();
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Text as tokens to train on: a tokenizer, made from the text or given.

#ifndef LENTIL_TRAIN_TOKEN_SET_H_
#define LENTIL_TRAIN_TOKEN_SET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "tokenize/tokenizer.h"
#include "train/parameters.h"
#include "train/text_source.h"

namespace lentil {

struct TokenSet {
  std::string json;  // of tokenizer.json
  std::shared_ptr<const Tokenizer> tokenizer;
  Vocabulary vocabulary;  // its size rounded up to whole units
};

// The fewest tokens: a byte each.
inline constexpr uint32_t kFewestTokens = 256;

// Of the text of a tokenizer.json. kUnsupported or kCorrupt as
// TokenizerFromJson says; kInvalidArgument if it has more than kMaxVocabulary
// tokens.
Result<TokenSet> TokenSetFromJson(std::string json);

// A byte-level BPE of `tokens` tokens, kFewestTokens … kMaxVocabulary, or of as
// many as the sources give: learned from the first nine tenths of each of them,
// and less if that is more than 32 MB in all. With kFewestTokens it is the
// bytes themselves. A function of its arguments; seconds for 10 MB.
Result<TokenSet> LearnTokenSet(const std::vector<TextSource>& sources,
                               uint32_t tokens);

// Fills the tokens of every source. kInvalidArgument names a source with bytes
// that are no token.
Status Tokenize(const TokenSet& set, std::vector<TextSource>* sources);

}  // namespace lentil

#endif  // LENTIL_TRAIN_TOKEN_SET_H_

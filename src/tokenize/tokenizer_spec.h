// SPDX-License-Identifier: Apache-2.0
// What every tokenizer file comes to: readers fill it, BuildTokenizer makes a
// Tokenizer of it. Bytes here are those of texts, not any file's spelling.

#ifndef LENTIL_TOKENIZE_TOKENIZER_SPEC_H_
#define LENTIL_TOKENIZE_TOKENIZER_SPEC_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "tokenize/pre_tokenizer.h"
#include "tokenize/tokenizer.h"

namespace lentil {

enum class TokenKind : uint8_t {
  kNormal,      // made by merging or by scores
  kByte,        // one byte, where no normal token fits
  kDecodeOnly,  // has bytes, and neither of these makes it
  kControl,     // has none
};

struct Token {
  std::string bytes;
  TokenKind kind = TokenKind::kNormal;
  double score = 0;         // higher is better; unused where merges are listed
  bool is_literal = false;  // stands wherever its bytes do, before all else
};

enum class TokenModel : uint8_t {
  kListedMerges,  // BPE by a list of merges
  kScoredMerges,  // BPE, merging whatever gives the token of the best score
  kUnigram,
};

struct TokenizerSpec {
  TokenModel model = TokenModel::kListedMerges;
  std::vector<Token> tokens;                                // by id
  std::vector<std::pair<std::string, std::string>> merges;  // best first
  std::vector<SplitRule> split;
  bool starts_from_bytes = true;    // byte-level; otherwise from characters
  bool takes_whole_pieces = false;  // a piece that is a token stays whole
  bool has_space_prefix = false;    // a text stands behind a space of its own
  bool single_precision = false;    // of unigram sums
  std::optional<uint32_t> bos;
  std::optional<uint32_t> eos;
};

inline constexpr size_t kMaxTokenBytes = 1024;

// What bounds the ids in a file of so many bytes that names so many tokens: ids
// that it leaves out cost memory, too, so it may not leave out all that many.
constexpr uint64_t MostTokens(size_t file_bytes, size_t named) {
  constexpr size_t kMostGaps = 1 << 20;
  return std::min(file_bytes, named + kMostGaps);
}

// kCorrupt if a token is too long, a score is beyond 1e9, a merge names what is
// no token, or an id is out of range; kUnsupported for bad expressions. O(size
// of the vocabulary * log), and O(kMaxTokenBytes) per byte of it at worst.
Result<std::shared_ptr<const Tokenizer>> BuildTokenizer(TokenizerSpec spec);

// SentencePiece writes a space as U+2581. A piece's bytes with spaces for it.
std::string UnmarkSpaces(std::string_view piece);

// The byte that "<0x0A>" spells; nothing for other spellings.
std::optional<uint8_t> ByteOfSpelling(std::string_view piece);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_TOKENIZER_SPEC_H_

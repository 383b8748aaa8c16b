// SPDX-License-Identifier: Apache-2.0
// From a specification to a tokenizer.

#include "tokenize/tokenizer_spec.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/messages.h"
#include "tokenize/bpe_encoder.h"
#include "tokenize/messages.h"
#include "tokenize/piece_tokenizer.h"
#include "tokenize/unigram_encoder.h"

namespace lentil {
namespace {

constexpr char kSpaceMark[] = "\u2581";
constexpr double kMaxScore = 1e9;       // so that no sum of a piece's overflows
constexpr double kUnknownPenalty = 10;  // SentencePiece's, below the worst

template <class Has>
std::unique_ptr<const TokenIndex> IndexOf(const std::vector<Token>& tokens,
                                          const TokenTable& table,
                                          const Has& has) {
  std::vector<uint32_t> ids;
  for (uint32_t id = 0; id < tokens.size(); ++id) {
    if (has(tokens[id])) ids.push_back(id);
  }
  return std::make_unique<TokenIndex>(&table, std::move(ids));
}

Status CheckTokens(const TokenizerSpec& spec) {
  // Room for escaped bytes and for what callers add.
  constexpr size_t kMaxTokens = std::numeric_limits<int32_t>::max() / 2;
  if (spec.tokens.size() > kMaxTokens) return BadTokenizer("too many tokens");
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    const Token& token = spec.tokens[id];
    if (token.bytes.size() > kMaxTokenBytes) {
      return BadTokenizer("token " + std::to_string(id) + " is too long");
    }
    if (!(std::abs(token.score) <= kMaxScore)) {
      return BadTokenizer("score of token " + std::to_string(id) +
                          " is out of range");
    }
  }
  for (const auto& id : {spec.bos, spec.eos}) {
    if (id && *id >= spec.tokens.size()) {
      return BadTokenizer("there is no token " + std::to_string(*id) +
                          ", which begins or ends texts");
    }
  }
  return Status();
}

ByteSymbols SymbolsOfBytes(const TokenizerSpec& spec, const TokenIndex& index) {
  ByteSymbols symbols;
  for (uint32_t byte = 0; byte < symbols.size(); ++byte) {
    symbols[byte] = static_cast<uint32_t>(spec.tokens.size()) + byte;
    const auto value = static_cast<uint8_t>(byte);
    if (!spec.starts_from_bytes) continue;
    if (const auto id = index.Find({&value, 1})) symbols[byte] = *id;
  }
  for (uint32_t id = 0; id < spec.tokens.size(); ++id) {
    const Token& token = spec.tokens[id];
    if (token.kind == TokenKind::kByte && token.bytes.size() == 1) {
      symbols[static_cast<uint8_t>(token.bytes[0])] = id;
    }
  }
  return symbols;
}

// A merge with a token that texts are not encoded with never comes about.
Result<std::vector<Merge>> ListedMerges(const TokenizerSpec& spec,
                                        const TokenTable& table,
                                        const TokenIndex& index) {
  std::vector<uint32_t> all(spec.tokens.size());
  for (uint32_t id = 0; id < all.size(); ++id) all[id] = id;
  const TokenIndex any(&table, std::move(all));
  std::vector<Merge> merges;
  for (size_t rank = 0; rank < spec.merges.size(); ++rank) {
    const auto& [left, right] = spec.merges[rank];
    const std::string merged = left + right;
    for (const std::string& part : {left, right, merged}) {
      if (!any.Find(AsBytes(part))) {
        return BadTokenizer("merge " + std::to_string(rank) + " of " +
                            Quoted(left) + " and " + Quoted(right) + ": " +
                            Quoted(part) + " is no token");
      }
    }
    const auto left_id = index.Find(AsBytes(left));
    const auto right_id = index.Find(AsBytes(right));
    const auto merged_id = index.Find(AsBytes(merged));
    if (left_id && right_id && merged_id) {
      merges.push_back(
          {*left_id, *right_id, static_cast<uint32_t>(rank), *merged_id});
    }
  }
  return merges;
}

// Every way to make a token of two. Equal scores have equal ranks.
std::vector<Merge> ScoredMerges(const TokenizerSpec& spec,
                                const TokenIndex& index) {
  std::vector<double> scores;
  for (const Token& token : spec.tokens) scores.push_back(token.score);
  std::sort(scores.begin(), scores.end(), std::greater<>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  std::vector<Merge> merges;
  for (uint32_t id = 0; id < spec.tokens.size(); ++id) {
    const Token& token = spec.tokens[id];
    const ByteSpan bytes = AsBytes(token.bytes);
    if (token.kind != TokenKind::kNormal || index.Find(bytes) != id) continue;
    const auto rank =
        static_cast<uint32_t>(std::lower_bound(scores.begin(), scores.end(),
                                               token.score, std::greater<>()) -
                              scores.begin());
    for (size_t at = Utf8Step(bytes); at < bytes.size();
         at += Utf8Step(bytes.subspan(at))) {
      const auto left = index.Find(bytes.first(at));
      if (!left) continue;
      const auto right = index.Find(bytes.subspan(at));
      if (right) merges.push_back({*left, *right, rank, id});
    }
  }
  return merges;
}

std::unique_ptr<const PieceEncoder> MakeUnigram(const TokenizerSpec& spec,
                                                const TokenIndex& index,
                                                const ByteSymbols& bytes) {
  std::vector<double> scores;
  double worst = std::numeric_limits<double>::max();
  for (const Token& token : spec.tokens) {
    scores.push_back(token.score);
    if (token.kind == TokenKind::kNormal) worst = std::min(worst, token.score);
  }
  return std::make_unique<UnigramEncoder>(&index, bytes, std::move(scores),
                                          worst - kUnknownPenalty,
                                          spec.single_precision);
}

// Whether all spaces of all tokens stand in front: then no token reaches across
// a place before a space and behind something else, and text may be cut there.
bool SpacesStandInFront(const std::vector<Token>& tokens) {
  return std::ranges::none_of(tokens, [](const Token& token) {
    const size_t word = token.bytes.find_first_not_of(' ');
    return token.kind == TokenKind::kNormal && word != std::string::npos &&
           token.bytes.find(' ', word) != std::string::npos;
  });
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> BuildTokenizer(TokenizerSpec spec) {
  LENTIL_RETURN_IF_ERROR(CheckTokens(spec));
  PieceTokenizerParts parts;
  auto table = std::make_unique<TokenTable>();
  for (const Token& token : spec.tokens) {
    table->Add(token.kind == TokenKind::kControl ? ByteSpan()
                                                 : AsBytes(token.bytes));
  }
  parts.index = IndexOf(spec.tokens, *table, [](const Token& token) {
    return token.kind == TokenKind::kNormal;
  });
  parts.literals = IndexOf(spec.tokens, *table,
                           [](const Token& token) { return token.is_literal; });
  const ByteSymbols bytes = SymbolsOfBytes(spec, *parts.index);
  if (spec.model == TokenModel::kUnigram) {
    parts.encoder = MakeUnigram(spec, *parts.index, bytes);
  } else {
    std::vector<Merge> merges;
    if (spec.model == TokenModel::kScoredMerges) {
      merges = ScoredMerges(spec, *parts.index);
    } else {
      LENTIL_ASSIGN_OR_RETURN(merges, ListedMerges(spec, *table, *parts.index));
    }
    parts.encoder = std::make_unique<BpeEncoder>(
        parts.index.get(), bytes, std::move(merges), table->size(),
        BpeOptions{spec.starts_from_bytes, spec.takes_whole_pieces});
  }
  if (spec.split.empty() && !spec.takes_whole_pieces &&
      SpacesStandInFront(spec.tokens)) {
    spec.split.push_back({" +", SplitBehavior::kMergedWithNext});
  }
  LENTIL_ASSIGN_OR_RETURN(parts.pre_tokenizer,
                          PreTokenizer::Create(spec.split));
  parts.table = std::move(table);
  parts.has_space_prefix = spec.has_space_prefix;
  parts.bos = spec.bos;
  parts.eos = spec.eos;
  return std::shared_ptr<const Tokenizer>(
      std::make_shared<PieceTokenizer>(std::move(parts)));
}

std::string UnmarkSpaces(std::string_view piece) {
  const std::string_view mark = kSpaceMark;
  std::string bytes;
  for (size_t at = 0; at < piece.size();) {
    if (piece.substr(at).starts_with(mark)) {
      bytes += ' ';
      at += mark.size();
    } else {
      bytes += piece[at++];
    }
  }
  return bytes;
}

std::optional<uint8_t> ByteOfSpelling(std::string_view piece) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') {
    return std::nullopt;
  }
  const size_t high = kDigits.find(piece[3]);
  const size_t low = kDigits.find(piece[4]);
  if (high == kDigits.npos || low == kDigits.npos) return std::nullopt;
  return static_cast<uint8_t>(high << 4 | low);
}

}  // namespace lentil

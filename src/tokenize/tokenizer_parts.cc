// SPDX-License-Identifier: Apache-2.0

#include "tokenize/tokenizer_parts.h"

#include <utility>

#include "base/messages.h"
#include "tokenize/byte_alphabet.h"
#include "tokenize/messages.h"
#include "tokenize/tokenizer_spec.h"

namespace lentil {
namespace {

// Defaults of a model, where a file says nothing.
struct ModelRow {
  std::string_view name;
  TokenModel model;
  bool starts_from_bytes;
  bool has_space_prefix;
  bool adds_bos;
};

constexpr ModelRow kModels[] = {
    {"gpt2", TokenModel::kListedMerges, true, false, false},
    {"llama", TokenModel::kScoredMerges, false, true, true},
    {"t5", TokenModel::kUnigram, false, true, false},
};

Result<ModelRow> FindModel(std::string_view name) {
  for (const ModelRow& row : kModels) {
    if (row.name == name) return row;
  }
  return NoSuch("model", name);
}

// Normal tokens are spelled as the model does, others as they are.
Token NormalToken(const std::string& text, const ModelRow& row) {
  if (!row.starts_from_bytes) {
    // Texts have marks for spaces before they are encoded.
    const bool is_found = text.find(' ') == std::string::npos;
    return {UnmarkSpaces(text),
            is_found ? TokenKind::kNormal : TokenKind::kDecodeOnly};
  }
  if (auto bytes = BytesOfSpelling(text)) return {*std::move(bytes)};
  return {text, TokenKind::kDecodeOnly};
}

Result<Token> MakeToken(const std::string& text, int32_t type,
                        const ModelRow& row) {
  switch (static_cast<GgmlTokenType>(type)) {
    case GgmlTokenType::kNormal:
      return NormalToken(text, row);
    case GgmlTokenType::kUnknown:
    case GgmlTokenType::kControl:
    case GgmlTokenType::kUnused:
      return Token{"", TokenKind::kControl};
    case GgmlTokenType::kUserDefined:
      return Token{.bytes = row.starts_from_bytes ? text : UnmarkSpaces(text),
                   .kind = TokenKind::kDecodeOnly,
                   .is_literal = true};
    case GgmlTokenType::kByte:
      if (const auto byte = ByteOfSpelling(text)) {
        return Token{std::string(1, static_cast<char>(*byte)),
                     TokenKind::kByte};
      }
      return BadTokenizer("token " + Quoted(text) + " is no byte");
  }
  return BadTokenizer("token " + Quoted(text) + " has the unknown type " +
                      std::to_string(type));
}

Status AddTokens(const TokenizerParts& parts, const ModelRow& row,
                 TokenizerSpec* spec) {
  const size_t count = parts.tokens.size();
  const bool has_scores = row.model != TokenModel::kListedMerges;
  if (has_scores && parts.scores.size() != count) {
    return BadTokenizer("there are not as many scores as tokens");
  }
  if (!parts.token_type.empty() && parts.token_type.size() != count) {
    return BadTokenizer("there are not as many token types as tokens");
  }
  for (size_t id = 0; id < count; ++id) {
    const int32_t type = parts.token_type.empty()
                             ? static_cast<int32_t>(GgmlTokenType::kNormal)
                             : parts.token_type[id];
    LENTIL_ASSIGN_OR_RETURN(Token token,
                            MakeToken(parts.tokens[id], type, row));
    if (has_scores) token.score = parts.scores[id];
    spec->tokens.push_back(std::move(token));
  }
  return Status();
}

Status AddMerges(const TokenizerParts& parts, TokenizerSpec* spec) {
  for (const std::string& merge : parts.merges) {
    const size_t space = merge.find(' ', 1);
    const auto bytes = [&](size_t begin, size_t end) {
      return BytesOfSpelling(merge.substr(begin, end - begin));
    };
    const auto left = bytes(0, std::min(space, merge.size()));
    const auto right =
        space == merge.npos ? std::nullopt : bytes(space + 1, merge.size());
    if (!left || !right) {
      return BadTokenizer("merge " + Quoted(merge) + " is not two tokens");
    }
    spec->merges.emplace_back(*left, *right);
  }
  return Status();
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> TokenizerFromParts(
    const TokenizerParts& parts) {
  LENTIL_ASSIGN_OR_RETURN(const ModelRow row, FindModel(parts.model));
  TokenizerSpec spec;
  spec.model = row.model;
  spec.starts_from_bytes = row.starts_from_bytes;
  spec.single_precision = true;
  spec.has_space_prefix = parts.add_space_prefix.value_or(row.has_space_prefix);
  bool adds_bos = row.adds_bos;
  LENTIL_RETURN_IF_ERROR(AddTokens(parts, row, &spec));
  if (row.model == TokenModel::kListedMerges) {
    LENTIL_RETURN_IF_ERROR(AddMerges(parts, &spec));
    LENTIL_ASSIGN_OR_RETURN(
        NamedPreTokenizer pre,
        FindPreTokenizer(parts.pre.empty() ? "default" : parts.pre));
    spec.split = std::move(pre.rules);
    spec.takes_whole_pieces = pre.takes_whole_pieces;
    adds_bos = pre.adds_bos;
  }
  if (parts.add_bos_token.value_or(adds_bos)) spec.bos = parts.bos_token_id;
  spec.eos = parts.eos_token_id;
  return BuildTokenizer(std::move(spec));
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "tokenize/gpt2_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "base/json_check.h"
#include "base/messages.h"
#include "tokenize/messages.h"
#include "tokenize/tokenizer_parts.h"
#include "tokenize/tokenizer_spec.h"

namespace lentil {
namespace {

using Json = nlohmann::json;

constexpr char kEndOfText[] = "<|endoftext|>";

Status ReadVocabulary(std::string_view text, TokenizerParts* parts) {
  if (CheckJson(text, {.depth = 1}) != JsonFault::kNone) {
    return BadTokenizer("vocab.json is nested too deeply");
  }
  const Json vocab = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!vocab.is_object()) return BadTokenizer("vocab.json is no JSON object");
  for (const auto& [token, id] : vocab.items()) {
    if (!id.is_number_unsigned() ||
        id.get<uint64_t>() >= MostTokens(text.size(), vocab.size())) {
      return BadTokenizer("the id of " + Quoted(token) + " is out of range");
    }
    const auto index = id.get<uint32_t>();
    const size_t count = std::max<size_t>(parts->tokens.size(), index + 1);
    parts->tokens.resize(count);
    parts->token_type.resize(count,
                             static_cast<int32_t>(GgmlTokenType::kUnused));
    parts->tokens[index] = token;
    parts->token_type[index] = static_cast<int32_t>(
        token == kEndOfText ? GgmlTokenType::kControl : GgmlTokenType::kNormal);
    if (token == kEndOfText) parts->eos_token_id = index;
  }
  return Status();
}

void ReadMerges(std::string_view text, TokenizerParts* parts) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("#version")) continue;
    parts->merges.emplace_back(line);
  }
}

}  // namespace

Result<TokenizerParts> PartsFromGpt2Files(std::string_view vocab,
                                          std::string_view merges) {
  TokenizerParts parts;
  parts.model = "gpt2";
  parts.pre = "gpt-2";
  LENTIL_RETURN_IF_ERROR(ReadVocabulary(vocab, &parts));
  ReadMerges(merges, &parts);
  return parts;
}

Result<std::shared_ptr<const Tokenizer>> TokenizerFromGpt2Files(
    std::string_view vocab, std::string_view merges) {
  LENTIL_ASSIGN_OR_RETURN(const TokenizerParts parts,
                          PartsFromGpt2Files(vocab, merges));
  return TokenizerFromParts(parts);
}

}  // namespace lentil

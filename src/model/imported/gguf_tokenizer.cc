// SPDX-License-Identifier: Apache-2.0

#include "model/imported/gguf_tokenizer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/messages.h"
#include "model/imported/language_model.h"
#include "tokenize/gpt2_files.h"
#include "tokenize/sample_texts.h"
#include "tokenize/sentencepiece_model.h"
#include "tokenize/tokenizer_json.h"
#include "tokenize/tokenizer_parts.h"
#include "tokenize/utf8.h"
#include "weights/checkpoint.h"
#include "weights/gguf.h"
#include "weights/gguf_writer.h"

namespace lentil {
namespace {

// The value of a key that may be missing.
template <class T, class Get>
Result<std::optional<T>> Optional(const Gguf& gguf, const std::string& key,
                                  Get get) {
  if (!gguf.Has(key)) return std::optional<T>();
  LENTIL_ASSIGN_OR_RETURN(const auto value, (gguf.*get)(key));
  return std::optional<T>(static_cast<T>(value));
}

Result<std::vector<std::string>> Strings(const Gguf& gguf,
                                         const std::string& key) {
  LENTIL_ASSIGN_OR_RETURN(const auto views, gguf.GetStrings(key));
  return std::vector<std::string>(views.begin(), views.end());
}

// Of the files that OpenTokenizer reads.
Result<TokenizerParts> PartsOf(const Checkpoint& checkpoint) {
  if (const auto json = checkpoint.SideFile("tokenizer.json")) {
    return PartsFromJson(
        *json,
        checkpoint.SideFile("tokenizer_config.json").value_or(std::string()));
  }
  if (const auto model = checkpoint.SideFile("tokenizer.model")) {
    return ParseSentencePieceModel(AsBytes(*model));
  }
  const auto vocab = checkpoint.SideFile("vocab.json");
  const auto merges = checkpoint.SideFile("merges.txt");
  if (vocab && merges) return PartsFromGpt2Files(*vocab, *merges);
  return OpenTokenizer(checkpoint).status();
}

// A text's symbols, escapes counted from 2^31 whatever the vocabulary.
std::vector<uint32_t> TokensOf(const Tokenizer& tokenizer, ByteSpan text) {
  std::vector<uint32_t> symbols;
  tokenizer.Encode(text, &symbols);
  for (uint32_t& symbol : symbols) {
    if (symbol < tokenizer.vocab_size()) continue;
    symbol += (uint32_t{1} << 31) - tokenizer.vocab_size();
  }
  return symbols;
}

Status CheckText(const Tokenizer& ours, const Tokenizer& theirs,
                 ByteSpan text) {
  if (TokensOf(ours, text) == TokensOf(theirs, text)) return Status();
  return {
      Code::kUnsupported,
      "tokenizer: GGUF would give other tokens of " +
          Quoted({reinterpret_cast<const char*>(text.data()), text.size()})};
}

std::vector<std::string_view> Views(const std::vector<std::string>& strings) {
  return {strings.begin(), strings.end()};
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> TokenizerFromGguf(const Gguf& gguf) {
  const std::string prefix = "tokenizer.ggml.";
  TokenizerParts parts;
  LENTIL_ASSIGN_OR_RETURN(parts.model, gguf.GetString(prefix + "model"));
  if (gguf.Has(prefix + "pre")) {
    LENTIL_ASSIGN_OR_RETURN(parts.pre, gguf.GetString(prefix + "pre"));
  }
  LENTIL_ASSIGN_OR_RETURN(parts.tokens, Strings(gguf, prefix + "tokens"));
  if (gguf.Has(prefix + "scores")) {
    LENTIL_ASSIGN_OR_RETURN(const auto scores,
                            gguf.GetFloats(prefix + "scores"));
    parts.scores.assign(scores.begin(), scores.end());
  }
  if (gguf.Has(prefix + "token_type")) {
    LENTIL_ASSIGN_OR_RETURN(const auto types,
                            gguf.GetInts(prefix + "token_type"));
    parts.token_type.assign(types.begin(), types.end());
  }
  if (gguf.Has(prefix + "merges")) {
    LENTIL_ASSIGN_OR_RETURN(parts.merges, Strings(gguf, prefix + "merges"));
  }
  LENTIL_ASSIGN_OR_RETURN(
      parts.bos_token_id,
      Optional<uint32_t>(gguf, prefix + "bos_token_id", &Gguf::GetUint));
  LENTIL_ASSIGN_OR_RETURN(
      parts.eos_token_id,
      Optional<uint32_t>(gguf, prefix + "eos_token_id", &Gguf::GetUint));
  LENTIL_ASSIGN_OR_RETURN(
      parts.add_bos_token,
      Optional<bool>(gguf, prefix + "add_bos_token", &Gguf::GetBool));
  LENTIL_ASSIGN_OR_RETURN(
      parts.add_space_prefix,
      Optional<bool>(gguf, prefix + "add_space_prefix", &Gguf::GetBool));
  return TokenizerFromParts(parts);
}

Status WriteTokenizer(const Checkpoint& checkpoint, uint32_t vocab,
                      GgufMetadata* metadata) {
  LENTIL_ASSIGN_OR_RETURN(TokenizerParts parts, PartsOf(checkpoint));
  const std::string prefix = "tokenizer.ggml.";
  const auto type = [](GgmlTokenType t) { return static_cast<int32_t>(t); };
  parts.token_type.resize(parts.tokens.size(), type(GgmlTokenType::kNormal));
  for (size_t id = parts.tokens.size(); id < vocab; ++id) {
    parts.tokens.push_back("[PAD" + std::to_string(id) + "]");
    parts.token_type.push_back(type(GgmlTokenType::kUnused));
    if (!parts.scores.empty()) parts.scores.push_back(parts.scores.back());
  }
  metadata->SetString(prefix + "model", parts.model);
  metadata->SetString(prefix + "pre",
                      parts.pre.empty() ? "default" : parts.pre);
  metadata->SetStrings(prefix + "tokens", Views(parts.tokens));
  metadata->SetInt32s(prefix + "token_type", parts.token_type);
  if (!parts.scores.empty()) {
    metadata->SetFloat32s(prefix + "scores", parts.scores);
  }
  if (parts.model == "gpt2") {
    metadata->SetStrings(prefix + "merges", Views(parts.merges));
  }
  const auto set_id = [&](const char* key, std::optional<uint32_t> id) {
    if (id) metadata->SetUint32(prefix + key, *id);
  };
  set_id("bos_token_id", parts.bos_token_id);
  set_id("eos_token_id", parts.eos_token_id);
  const auto unknown =
      std::ranges::find(parts.token_type, type(GgmlTokenType::kUnknown));
  if (unknown != parts.token_type.end()) {
    metadata->SetUint32(
        prefix + "unknown_token_id",
        static_cast<uint32_t>(unknown - parts.token_type.begin()));
  }
  metadata->SetBool(prefix + "add_bos_token",
                    parts.add_bos_token.value_or(false));
  if (parts.add_space_prefix) {
    metadata->SetBool(prefix + "add_space_prefix", *parts.add_space_prefix);
  }
  return Status();
}

Status CheckSameTokens(const Checkpoint& checkpoint, const Gguf& gguf) {
  LENTIL_ASSIGN_OR_RETURN(const auto ours, OpenTokenizer(checkpoint));
  LENTIL_ASSIGN_OR_RETURN(const auto theirs, TokenizerFromGguf(gguf));
  if (ours->bos() != theirs->bos() || ours->eos() != theirs->eos()) {
    return {Code::kUnsupported,
            "tokenizer: GGUF would begin or end texts with other tokens"};
  }
  for (const std::string_view text : SampleTexts()) {
    LENTIL_RETURN_IF_ERROR(CheckText(*ours, *theirs, AsBytes(text)));
  }
  constexpr uint64_t kStride = 7919;  // a prime: other neighbours
  const uint32_t count = ours->vocab_size();
  for (uint32_t id = 0; id < count; ++id) {
    const uint32_t pair[] = {id, static_cast<uint32_t>(id * kStride % count)};
    std::vector<uint8_t> text;
    ours->Decode(pair, &text);
    LENTIL_RETURN_IF_ERROR(CheckText(*ours, *theirs, text));
  }
  return Status();
}

}  // namespace lentil

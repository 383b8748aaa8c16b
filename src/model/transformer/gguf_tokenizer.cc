// SPDX-License-Identifier: Apache-2.0

#include "model/transformer/gguf_tokenizer.h"

#include <optional>
#include <string>
#include <vector>

#include "tokenize/tokenizer_parts.h"
#include "weights/gguf.h"

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

}  // namespace lentil

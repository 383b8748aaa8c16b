// SPDX-License-Identifier: Apache-2.0
// What people have: a checkpoint and its tokenizer, opened together.

#ifndef LENTIL_MODEL_IMPORTED_LANGUAGE_MODEL_H_
#define LENTIL_MODEL_IMPORTED_LANGUAGE_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "model/imported/token_trie.h"
#include "model/imported/transformer.h"
#include "tokenize/tokenizer.h"

namespace lentil {

class Checkpoint;

// Bumped when the arithmetic of checkpoints changes: stored in files in the
// place of kNumericsVersion (kernels/kernels.h), from which it differs.
inline constexpr uint32_t kCheckpointNumericsVersion = (1u << 16) + 3;

// Positions that a context has at most when files are coded.
inline constexpr uint32_t kMaxContext = 2048;

// The tokenizer that a checkpoint comes with; kCorrupt if it has none.
Result<std::shared_ptr<const Tokenizer>> OpenTokenizer(
    const Checkpoint& checkpoint);

// What stands before a text: the token that the tokenizer wants there, else the
// one by which it ends texts, else token 0.
uint32_t StartTokenOf(const Tokenizer& tokenizer);

// Immutable; any number of threads may share one.
class LanguageModel {
 public:
  // `path` as for Checkpoint::Open. Takes as long as reading the file and
  // packing its weights. kUnsupported names what lentil does not know.
  static Result<std::shared_ptr<const LanguageModel>> Open(
      const std::string& path);

  // Of parts; for tests. Either may have tokens that the other lacks.
  static Result<std::shared_ptr<LanguageModel>> Make(
      std::shared_ptr<const Transformer> transformer,
      std::shared_ptr<const Tokenizer> tokenizer, uint64_t hash);

  const std::shared_ptr<const Transformer>& transformer() const {
    return transformer_;
  }
  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const TokenTrie& trie() const { return *trie_; }  // of tokens of both
  // What stands before a text, and in the place of an escaped byte.
  uint32_t start_token() const { return start_token_; }
  uint64_t hash() const { return hash_; }  // of weights, shape and tokenizer
  uint64_t stored_bytes() const { return stored_bytes_; }
  const std::string& name() const { return name_; }

 private:
  LanguageModel() = default;

  std::shared_ptr<const Transformer> transformer_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<const TokenTrie> trie_;
  uint32_t start_token_ = 0;
  uint64_t hash_ = 0;
  uint64_t stored_bytes_ = 0;
  std::string name_;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_LANGUAGE_MODEL_H_

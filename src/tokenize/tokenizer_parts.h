// SPDX-License-Identifier: Apache-2.0
// Tokenizers from what GGUF metadata carry. Whoever reads the file fills the
// parts; this folder knows no files.

#ifndef LENTIL_TOKENIZE_TOKENIZER_PARTS_H_
#define LENTIL_TOKENIZE_TOKENIZER_PARTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "tokenize/tokenizer.h"

namespace lentil {

// The keys tokenizer.ggml.*; what a file lacks stays as it is here.
struct TokenizerParts {
  std::string model;  // "gpt2": byte-level BPE; "llama": SentencePiece BPE;
                      // "t5": unigram
  std::string pre;    // of "gpt2": which expressions cut the text
  std::vector<std::string> tokens;
  std::vector<float> scores;        // one per token: "llama", "t5"
  std::vector<int32_t> token_type;  // one per token, or none: all normal
  std::vector<std::string> merges;  // "left right", best first: "gpt2"
  std::optional<uint32_t> bos_token_id;
  std::optional<uint32_t> eos_token_id;
  std::optional<bool> add_bos_token;     // its default depends on the model
  std::optional<bool> add_space_prefix;  // likewise
};

// Values of token_type.
enum class GgmlTokenType : int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

// kUnsupported names a model or pre-tokenizer that is not known; kCorrupt says
// what does not fit together. Memory: some ten times that of the parts.
Result<std::shared_ptr<const Tokenizer>> TokenizerFromParts(
    const TokenizerParts& parts);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_TOKENIZER_PARTS_H_

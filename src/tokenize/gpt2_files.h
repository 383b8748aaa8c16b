// SPDX-License-Identifier: Apache-2.0
// Tokenizers from the two files of GPT-2: vocab.json and merges.txt.

#ifndef LENTIL_TOKENIZE_GPT2_FILES_H_
#define LENTIL_TOKENIZE_GPT2_FILES_H_

#include <memory>
#include <string_view>

#include "base/status.h"
#include "tokenize/tokenizer.h"
#include "tokenize/tokenizer_parts.h"

namespace lentil {

// `vocab` is a JSON object of tokens and ids, `merges` has one "left right" a
// line, after a line "#version" that may be missing. Text is cut as for GPT-2;
// "<|endoftext|>", if it is there, is eos(). kCorrupt says what is wrong.
// Memory: some hundred times the size of the texts at worst.
Result<std::shared_ptr<const Tokenizer>> TokenizerFromGpt2Files(
    std::string_view vocab, std::string_view merges);

// The same as GGUF has it.
Result<TokenizerParts> PartsFromGpt2Files(std::string_view vocab,
                                          std::string_view merges);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_GPT2_FILES_H_

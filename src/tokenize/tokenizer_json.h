// SPDX-License-Identifier: Apache-2.0
// Tokenizers from Hugging Face's tokenizer.json: BPE, byte-level or as
// SentencePiece has it, and unigram.
//
// Normalizers that change text for good (NFC, lower case, …) are left out,
// since a text has to come back as it was; so tokens differ from the reference
// where that would not give the text back. A prefix space in front of
// byte-level text (add_prefix_space) is left out for the same reason. What a
// decoder might undo is known or refused: docs/checkpoints.md lists it.

#ifndef LENTIL_TOKENIZE_TOKENIZER_JSON_H_
#define LENTIL_TOKENIZE_TOKENIZER_JSON_H_

#include <memory>
#include <string_view>

#include "base/status.h"
#include "tokenize/tokenizer.h"
#include "tokenize/tokenizer_parts.h"

namespace lentil {

// `json` is the text of tokenizer.json, `config` that of tokenizer_config.json
// or empty. Without a config bos() is what the post-processor puts in front and
// eos() is unknown. kUnsupported names a component that is not known; kCorrupt
// says what is wrong. Memory: some thirty times the size of the texts.
Result<std::shared_ptr<const Tokenizer>> TokenizerFromJson(
    std::string_view json, std::string_view config = {});

// The same as GGUF can have it. BPE over characters gets the scores that its
// list of merges implies. kUnsupported also names what GGUF has no place for;
// but that tokens are the same has to be tried.
Result<TokenizerParts> PartsFromJson(std::string_view json,
                                     std::string_view config = {});

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_TOKENIZER_JSON_H_

// SPDX-License-Identifier: Apache-2.0
// Tokenizers from SentencePiece's tokenizer.model: BPE, unigram, characters.
//
// Normalization rules and the removal of extra spaces are left out, since a
// text has to come back as it was.

#ifndef LENTIL_TOKENIZE_SENTENCEPIECE_MODEL_H_
#define LENTIL_TOKENIZE_SENTENCEPIECE_MODEL_H_

#include <memory>
#include <span>

#include "base/status.h"
#include "tokenize/tokenizer.h"
#include "tokenize/tokenizer_parts.h"

namespace lentil {

// The fields that matter, of a file's bytes. kCorrupt names the offset where
// they are no protocol buffer; kUnsupported names a model type or an option.
// Memory: some twenty times the size of the file.
Result<TokenizerParts> ParseSentencePieceModel(std::span<const uint8_t> bytes);

// The tokenizer of these; bos() is the model's, if it has one.
Result<std::shared_ptr<const Tokenizer>> TokenizerFromSentencePieceModel(
    std::span<const uint8_t> bytes);

}  // namespace lentil

#endif  // LENTIL_TOKENIZE_SENTENCEPIECE_MODEL_H_

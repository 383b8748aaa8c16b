// SPDX-License-Identifier: Apache-2.0
// The tokenizer that a GGUF file carries in its metadata.

#ifndef LENTIL_MODEL_IMPORTED_GGUF_TOKENIZER_H_
#define LENTIL_MODEL_IMPORTED_GGUF_TOKENIZER_H_

#include <cstdint>
#include <memory>

#include "base/status.h"
#include "tokenize/tokenizer.h"

namespace lentil {

class Checkpoint;
class Gguf;
class GgufMetadata;

// Reads the keys tokenizer.ggml.*. kCorrupt names a key that is missing or
// wrong; otherwise as TokenizerFromParts.
Result<std::shared_ptr<const Tokenizer>> TokenizerFromGguf(const Gguf& gguf);

// The other way round: the tokenizer of a folder as such keys, with unused
// tokens up to the model's `vocab`. kCorrupt if there is none; kUnsupported
// names what GGUF has no place for.
Status WriteTokenizer(const Checkpoint& checkpoint, uint32_t vocab,
                      GgufMetadata* metadata);

// OK if the file's tokenizer gives the folder's tokens of SampleTexts and of
// the bytes of its own tokens, each before another. kUnsupported names a text
// that it does not.
Status CheckSameTokens(const Checkpoint& checkpoint, const Gguf& gguf);

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_GGUF_TOKENIZER_H_

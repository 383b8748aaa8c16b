// SPDX-License-Identifier: Apache-2.0
// tokenizer.model from outside: reading never crashes, and whatever is accepted
// loses nothing.

#include <cstddef>
#include <cstdint>

#include "tokenize/sentencepiece_model.h"
#include "tokenizer_fuzz_util.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lentil;
  const auto tokenizer = TokenizerFromSentencePieceModel({data, size});
  if (tokenizer.ok()) CheckTokenizer(**tokenizer, {data, size});
  return 0;
}

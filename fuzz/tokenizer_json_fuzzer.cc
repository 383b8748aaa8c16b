// SPDX-License-Identifier: Apache-2.0
// tokenizer.json from outside: reading never crashes, and whatever is accepted
// loses nothing.

#include <cstddef>
#include <cstdint>

#include "tokenize/tokenizer_json.h"
#include "tokenizer_fuzz_util.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lentil;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // As its own configuration too: the keys of both may be in one object.
  const auto tokenizer = TokenizerFromJson(text, text);
  if (tokenizer.ok()) CheckTokenizer(**tokenizer, {data, size});
  return 0;
}

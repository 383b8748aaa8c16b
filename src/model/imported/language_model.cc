// SPDX-License-Identifier: Apache-2.0

#include "model/imported/language_model.h"

#include <filesystem>
#include <utility>

#include "model/imported/gguf_tokenizer.h"
#include "model/imported/load_transformer.h"
#include "tokenize/gpt2_files.h"
#include "tokenize/sentencepiece_model.h"
#include "tokenize/tokenizer_json.h"
#include "weights/checkpoint.h"

namespace lentil {

// Of a folder the newest kind of file that it has.
Result<std::shared_ptr<const Tokenizer>> OpenTokenizer(
    const Checkpoint& checkpoint) {
  if (checkpoint.gguf() != nullptr) {
    return TokenizerFromGguf(*checkpoint.gguf());
  }
  if (const auto json = checkpoint.SideFile("tokenizer.json")) {
    return TokenizerFromJson(
        *json,
        checkpoint.SideFile("tokenizer_config.json").value_or(std::string()));
  }
  if (const auto model = checkpoint.SideFile("tokenizer.model")) {
    return TokenizerFromSentencePieceModel(
        {reinterpret_cast<const uint8_t*>(model->data()), model->size()});
  }
  const auto vocab = checkpoint.SideFile("vocab.json");
  const auto merges = checkpoint.SideFile("merges.txt");
  if (vocab && merges) return TokenizerFromGpt2Files(*vocab, *merges);
  return Status(Code::kCorrupt,
                "no tokenizer: neither tokenizer.json, tokenizer.model, nor "
                "vocab.json with merges.txt");
}

uint32_t StartTokenOf(const Tokenizer& tokenizer) {
  return tokenizer.bos().value_or(tokenizer.eos().value_or(0));
}

Result<std::shared_ptr<const LanguageModel>> LanguageModel::Open(
    const std::string& path) {
  LENTIL_ASSIGN_OR_RETURN(const std::shared_ptr<const Checkpoint> checkpoint,
                          Checkpoint::Open(path));
  LENTIL_ASSIGN_OR_RETURN(std::shared_ptr<const Tokenizer> tokenizer,
                          OpenTokenizer(*checkpoint));
  const uint64_t hash = checkpoint->hash();
  checkpoint->ReleasePages();
  LENTIL_ASSIGN_OR_RETURN(std::shared_ptr<const Transformer> transformer,
                          LoadTransformer(checkpoint, kMaxContext));
  LENTIL_ASSIGN_OR_RETURN(
      std::shared_ptr<LanguageModel> model,
      Make(std::move(transformer), std::move(tokenizer), hash));
  checkpoint->ReleasePages();
  model->stored_bytes_ = checkpoint->file_bytes();
  model->name_ = std::filesystem::path(path).filename().string();
  return std::shared_ptr<const LanguageModel>(std::move(model));
}

Result<std::shared_ptr<LanguageModel>> LanguageModel::Make(
    std::shared_ptr<const Transformer> transformer,
    std::shared_ptr<const Tokenizer> tokenizer, uint64_t hash) {
  const uint32_t vocab = transformer->spec().vocab;
  std::shared_ptr<LanguageModel> model(new LanguageModel());
  model->start_token_ = StartTokenOf(*tokenizer);
  if (model->start_token_ >= vocab) {
    return Status(Code::kCorrupt, "the tokenizer's first token is unknown");
  }
  model->trie_ = std::make_unique<const TokenTrie>(*tokenizer, vocab);
  model->transformer_ = std::move(transformer);
  model->tokenizer_ = std::move(tokenizer);
  model->hash_ = hash;
  return model;
}

}  // namespace lentil

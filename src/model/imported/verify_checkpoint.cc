// SPDX-License-Identifier: Apache-2.0

#include "model/imported/verify_checkpoint.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/fp_mode.h"
#include "base/hash.h"
#include "base/messages.h"
#include "base/split_mix.h"
#include "kernels/kernels.h"
#include "model/imported/language_model.h"
#include "model/imported/load_transformer.h"
#include "model/imported/token_decoder.h"
#include "tokenize/sample_texts.h"
#include "weights/checkpoint.h"
#include "weights/float_tensor.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint32_t kTokens = 6;  // enough for every kind of row
constexpr uint64_t kChunk = 1u << 16;

Status CheckWeights(const Checkpoint& checkpoint) {
  std::vector<float> values(kChunk);
  for (const auto& [name, tensor] : checkpoint.tensors()) {
    const uint64_t count = tensor.ElementCount();
    for (uint64_t at = 0; at < count; at += kChunk) {
      const uint64_t n = std::min(kChunk, count - at);
      const Status read = ReadFloats(tensor, at, n, values.data());
      if (read.code() == Code::kUnsupported) break;  // integers
      LENTIL_RETURN_IF_ERROR(read);
      for (uint64_t i = 0; i < n; ++i) {
        if (std::isfinite(values[i])) continue;
        return Corrupt("tensor " + Quoted(name) + ": element " +
                       std::to_string(at + i) + " is not finite");
      }
    }
    checkpoint.ReleasePages();
  }
  return Status();
}

Status CheckText(const Tokenizer& tokenizer, const Bytes& text) {
  std::vector<uint32_t> symbols;
  tokenizer.Encode(text, &symbols);
  Bytes back;
  tokenizer.Decode(symbols, &back);
  if (back == text) return Status();
  return Corrupt(
      "the tokenizer does not restore " +
      Quoted({reinterpret_cast<const char*>(text.data()), text.size()}));
}

Status CheckTokenizer(const Tokenizer& tokenizer) {
  for (const std::string_view text : SampleTexts()) {
    LENTIL_RETURN_IF_ERROR(CheckText(tokenizer, {text.begin(), text.end()}));
  }
  Bytes noise;
  uint64_t state = 1;
  for (int byte = 0; byte < 256; ++byte) {
    LENTIL_RETURN_IF_ERROR(CheckText(tokenizer, {static_cast<uint8_t>(byte)}));
    noise.push_back(static_cast<uint8_t>(SplitMix64(&state)));
  }
  return CheckText(tokenizer, noise);
}

// Logits behind each of the tokens, read `step` at a time.
std::vector<float> Logits(const std::shared_ptr<const Transformer>& model,
                          const Kernels& kernels,
                          const std::vector<uint32_t>& tokens, uint32_t step) {
  const auto count = static_cast<uint32_t>(tokens.size());
  TokenDecoder decoder(model, kernels, 1, count);
  const size_t stride = decoder.logit_stride();
  std::vector<float> logits(count * stride);
  for (uint32_t begin = 0; begin < count; begin += step) {
    std::vector<TokenRow> rows;
    for (uint32_t i = begin; i < std::min(begin + step, count); ++i) {
      rows.push_back({0, i, tokens[i]});
    }
    decoder.Forward(rows);
    decoder.Logits(0, rows.size(), logits.data() + begin * stride);
  }
  return logits;
}

Status CheckArithmetic(const std::shared_ptr<const Transformer>& model,
                       std::string* tables) {
  const ScopedFpMode mode;
  std::vector<uint32_t> tokens;
  uint64_t state = 2;
  for (uint32_t i = 0; i < kTokens; ++i) {
    tokens.push_back(
        static_cast<uint32_t>(SplitMix64(&state) % model->spec().vocab));
  }
  std::vector<float> first;
  for (const Kernels* kernels : AvailableKernels()) {
    for (const uint32_t step : {kTokens, 1u}) {
      const std::vector<float> logits = Logits(model, *kernels, tokens, step);
      if (first.empty()) first = logits;
      if (std::memcmp(first.data(), logits.data(),
                      first.size() * sizeof(float)) != 0) {
        return {Code::kInternal, "logits differ on " +
                                     std::string(kernels->name) +
                                     (step == 1 ? ", token by token" : "")};
      }
    }
    *tables += (tables->empty() ? "" : ", ") + std::string(kernels->name);
  }
  for (const float x : first) {
    if (!std::isfinite(x)) return Corrupt("logits are not finite");
  }
  return Status();
}

}  // namespace

Status VerifyCheckpoint(const std::string& path,
                        std::vector<std::string>* passed) {
  LENTIL_ASSIGN_OR_RETURN(const std::shared_ptr<const Checkpoint> checkpoint,
                          Checkpoint::Open(path));
  LENTIL_RETURN_IF_ERROR(CheckWeights(*checkpoint));
  passed->push_back("read whole, hash " + HashText(checkpoint->hash()));
  passed->push_back("every weight of " +
                    std::to_string(checkpoint->tensors().size()) +
                    " tensors is finite");
  LENTIL_ASSIGN_OR_RETURN(const std::shared_ptr<const Transformer> model,
                          LoadTransformer(checkpoint, kMaxContext));
  passed->push_back("every tensor has its place in a decoder of family " +
                    model->spec().family);
  const auto tokenizer = OpenTokenizer(*checkpoint);
  if (tokenizer.ok()) {
    LENTIL_RETURN_IF_ERROR(CheckTokenizer(**tokenizer));
    passed->push_back("the tokenizer restores text and noise");
  } else {
    passed->push_back("no tokenizer, so it cannot compress: " +
                      tokenizer.status().message());
  }
  std::string tables;
  LENTIL_RETURN_IF_ERROR(CheckArithmetic(model, &tables));
  passed->push_back("the same logits at once and token by token, on " + tables);
  return Status();
}

}  // namespace lentil

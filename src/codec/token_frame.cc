// SPDX-License-Identifier: Apache-2.0

#include "codec/token_frame.h"

#include <algorithm>
#include <utility>

#include "base/endian.h"

namespace lentil {
namespace {

Status Corrupt(const char* what) {
  return {Code::kCorrupt, std::string("frame: ") + what};
}

// Tokenizer and model may differ in size. Bytes escaped stand behind the tokens
// of either; what the model lacks is escaped here, what has no bytes left out.
std::vector<uint32_t> ToModelSymbols(const LanguageModel& model,
                                     std::span<const uint32_t> symbols) {
  const uint32_t tokens = model.tokenizer().vocab_size();
  const uint32_t vocab = model.transformer()->spec().vocab;
  std::vector<uint32_t> out;
  out.reserve(symbols.size());
  for (const uint32_t symbol : symbols) {
    if (symbol >= tokens) {
      out.push_back(symbol - tokens + vocab);
      continue;
    }
    const auto bytes = model.tokenizer().BytesOf(symbol);
    if (symbol >= vocab) {
      for (const uint8_t byte : bytes) out.push_back(vocab + byte);
    } else if (!bytes.empty()) {
      out.push_back(symbol);
    }
  }
  return out;
}

// kCorrupt if one is a token that no text has.
Status ToTokenizerSymbols(const LanguageModel& model,
                          std::span<uint32_t> symbols) {
  const uint32_t tokens = model.tokenizer().vocab_size();
  const uint32_t vocab = model.transformer()->spec().vocab;
  for (uint32_t& symbol : symbols) {
    if (symbol >= vocab) {
      symbol = symbol - vocab + tokens;
    } else if (symbol >= tokens || model.tokenizer().BytesOf(symbol).empty()) {
      return Corrupt("a token without meaning");
    }
  }
  return Status();
}

// Of a record: one lane, the model alone.
TokenParameters RecordParameters(const LanguageModel& model, uint32_t symbols) {
  return ChooseTokenParameters(model, symbols, {.lanes = 1, .table_bits = 0});
}

}  // namespace

TokenFrameCoder::TokenFrameCoder(std::shared_ptr<const LanguageModel> model)
    : model_(std::move(model)) {}

uint32_t TokenFrameCoder::numerics_version() const {
  return kCheckpointNumericsVersion;
}

uint64_t TokenFrameCoder::model_hash() const { return model_->hash(); }

// A symbol is a byte at least.
uint64_t TokenFrameCoder::EncodeMemory(uint64_t raw_size,
                                       const LaneLimits& limits,
                                       int threads) const {
  const auto most =
      static_cast<uint32_t>(std::min<uint64_t>(raw_size, UINT32_MAX));
  return TokenMemory(*model_, ChooseTokenParameters(*model_, most, limits),
                     raw_size, threads);
}

uint64_t TokenFrameCoder::DecodeMemory(uint64_t raw_size,
                                       std::span<const uint8_t> payload,
                                       int threads) const {
  size_t at = 0;
  const auto parameters = ReadTokenParameters(payload, &at);
  const bool is_one = parameters.ok() && IsAllowed(*parameters, *model_);
  return TokenMemory(
      *model_,
      is_one ? *parameters : ChooseTokenParameters(*model_, 1, LaneLimits()),
      raw_size, threads);
}

Status TokenFrameCoder::Encode(std::span<const uint8_t> raw,
                               const LaneLimits& limits,
                               const FrameContext& context,
                               std::vector<uint8_t>* payload) const {
  const std::vector<uint32_t> symbols = SymbolsOf(raw);
  const TokenParameters parameters = ChooseTokenParameters(
      *model_, static_cast<uint32_t>(symbols.size()), limits);
  std::vector<std::vector<uint8_t>> streams;
  LENTIL_RETURN_IF_ERROR(EncodeTokens(*model_, parameters, symbols, raw.size(),
                                      context, &streams));
  AppendTokenParameters(parameters, payload);
  for (size_t i = 0; i + 1 < streams.size(); ++i) {
    AppendVarint(streams[i].size(), payload);
  }
  for (const std::vector<uint8_t>& stream : streams) {
    payload->insert(payload->end(), stream.begin(), stream.end());
  }
  return Status();
}

Status TokenFrameCoder::Decode(std::span<const uint8_t> payload,
                               const FrameContext& context,
                               std::span<uint8_t> raw) const {
  size_t at = 0;
  LENTIL_ASSIGN_OR_RETURN(const TokenParameters parameters,
                          ReadTokenParameters(payload, &at));
  if (!IsAllowed(parameters, *model_)) return Corrupt("bad parameters");
  std::vector<std::span<const uint8_t>> streams(parameters.groups());
  std::vector<uint64_t> sizes(streams.size());
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    if (ReadVarint(payload, &at, &sizes[i]) != VarintResult::kOk) {
      return Corrupt("bad stream size");
    }
  }
  for (size_t i = 0; i < streams.size(); ++i) {
    const size_t left = payload.size() - at;
    const size_t size = i + 1 < sizes.size() ? sizes[i] : left;
    if (size > left) return Corrupt("bad stream size");
    streams[i] = payload.subspan(at, size);
    at += size;
  }
  return DecodeStreams(parameters, streams, context, raw);
}

Status TokenFrameCoder::EncodeRecord(std::span<const uint8_t> raw,
                                     std::vector<uint8_t>* code) const {
  const std::vector<uint32_t> symbols = SymbolsOf(raw);
  const auto count = static_cast<uint32_t>(symbols.size());
  AppendVarint(count, code);
  if (count == 0) return Status();
  std::vector<std::vector<uint8_t>> streams;
  LENTIL_RETURN_IF_ERROR(EncodeTokens(*model_, RecordParameters(*model_, count),
                                      symbols, raw.size(), FrameContext(),
                                      &streams));
  code->insert(code->end(), streams[0].begin(), streams[0].end());
  return Status();
}

Status TokenFrameCoder::DecodeRecord(std::span<const uint8_t> code,
                                     std::span<uint8_t> raw) const {
  size_t at = 0;
  uint64_t count = 0;
  if (ReadVarint(code, &at, &count) != VarintResult::kOk ||
      (count == 0) != raw.empty() || count > raw.size() + 1) {
    return Corrupt("bad number of symbols");
  }
  if (count == 0) return Status();
  const std::span<const uint8_t> stream = code.subspan(at);
  return DecodeStreams(RecordParameters(*model_, static_cast<uint32_t>(count)),
                       {&stream, 1}, FrameContext(), raw);
}

std::vector<uint32_t> TokenFrameCoder::SymbolsOf(
    std::span<const uint8_t> raw) const {
  std::vector<uint32_t> tokens;
  model_->tokenizer().Encode(raw, &tokens);
  return ToModelSymbols(*model_, tokens);
}

Status TokenFrameCoder::DecodeStreams(
    const TokenParameters& parameters,
    std::span<const std::span<const uint8_t>> streams,
    const FrameContext& context, std::span<uint8_t> raw) const {
  // A token gives a byte at least, but for a space in front.
  if (parameters.symbols > raw.size() + 1) return Corrupt("too many symbols");
  LENTIL_RETURN_IF_ERROR(CheckTokenStreams(*model_, parameters, streams));
  std::vector<uint32_t> symbols(parameters.symbols);
  LENTIL_RETURN_IF_ERROR(
      DecodeTokens(*model_, parameters, streams, raw.size(), context, symbols));
  LENTIL_RETURN_IF_ERROR(ToTokenizerSymbols(*model_, symbols));
  std::vector<uint8_t> text;
  model_->tokenizer().Decode(symbols, &text);
  if (text.size() != raw.size()) return Corrupt("tokens of another length");
  std::copy(text.begin(), text.end(), raw.begin());
  return Status();
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// A reader of the wire format of protocol buffers, and of the three messages of
// sentencepiece_model.proto that say how to encode. Field numbers are its.

#include "tokenize/sentencepiece_model.h"

#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "tokenize/messages.h"
#include "tokenize/utf8.h"

namespace lentil {
namespace {

enum class WireType : uint8_t { kVarint = 0, k64 = 1, kBytes = 2, k32 = 5 };

struct Field {
  uint64_t number = 0;
  WireType type = WireType::kVarint;
  uint64_t value = 0;  // of a number
  ByteSpan bytes;      // of a string or message
};

// The fields of a message, in the order of the file.
class MessageReader {
 public:
  // `offset` of the message in the file, for errors.
  MessageReader(ByteSpan message, size_t offset)
      : message_(message), offset_(offset) {}

  bool at_end() const { return at_ == message_.size(); }

  Result<Field> Next() {
    LENTIL_ASSIGN_OR_RETURN(const uint64_t tag, Varint());
    Field field = {tag >> 3, static_cast<WireType>(tag & 7), 0, {}};
    switch (field.type) {
      case WireType::kVarint: {
        LENTIL_ASSIGN_OR_RETURN(field.value, Varint());
        return field;
      }
      case WireType::kBytes: {
        LENTIL_ASSIGN_OR_RETURN(const uint64_t size, Varint());
        LENTIL_ASSIGN_OR_RETURN(field.bytes, Take(size));
        return field;
      }
      case WireType::k64:
      case WireType::k32: {
        const bool is_short = field.type == WireType::k32;
        LENTIL_ASSIGN_OR_RETURN(const ByteSpan bytes, Take(is_short ? 4 : 8));
        for (size_t i = bytes.size(); i > 0; --i) {
          field.value = field.value << 8 | bytes[i - 1];
        }
        return field;
      }
    }
    return Bad("an unknown kind of field");
  }

  // Where the field's bytes lie in the file.
  size_t OffsetOf(const Field& field) const {
    return offset_ + static_cast<size_t>(field.bytes.data() - message_.data());
  }

 private:
  Status Bad(const std::string& what) const {
    return BadTokenizer(what + " at offset " + std::to_string(offset_ + at_));
  }

  Result<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_end()) return Bad("a number is truncated");
      const uint8_t byte = message_[at_++];
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    return Bad("a number is too long");
  }

  Result<ByteSpan> Take(uint64_t size) {
    if (size > message_.size() - at_) return Bad("a field is truncated");
    at_ += size;
    return message_.subspan(at_ - size, size);
  }

  ByteSpan message_;
  size_t offset_;
  size_t at_ = 0;
};

// Calls use(field) for every field, until one is an error.
template <class Use>
Status ForEachField(MessageReader reader, const Use& use) {
  while (!reader.at_end()) {
    LENTIL_ASSIGN_OR_RETURN(const Field field, reader.Next());
    LENTIL_RETURN_IF_ERROR(use(reader, field));
  }
  return Status();
}

Status ReadPiece(MessageReader message, TokenizerParts* parts) {
  std::string piece;
  float score = 0;
  auto type = static_cast<int32_t>(GgmlTokenType::kNormal);
  LENTIL_RETURN_IF_ERROR(
      ForEachField(message, [&](const MessageReader&, const Field& field) {
        if (field.number == 1) piece = AsText(field.bytes);
        if (field.number == 2) {
          score = std::bit_cast<float>(static_cast<uint32_t>(field.value));
        }
        if (field.number == 3) type = static_cast<int32_t>(field.value);
        return Status();
      }));
  parts->tokens.push_back(std::move(piece));
  parts->scores.push_back(score);
  parts->token_type.push_back(type);  // GGUF has taken over the numbers
  return Status();
}

Status ReadTrainerSpec(MessageReader message, TokenizerParts* parts) {
  // Unigram; BPE; words; characters: as BPE, where no two make a token.
  constexpr const char* kModels[] = {nullptr, "t5", "llama", nullptr, "llama"};
  const auto read = [&](const MessageReader&, const Field& field) {
    // Negative ids mean that there is no such token.
    const auto id = static_cast<int32_t>(field.value);
    const auto token =
        id < 0 ? std::nullopt : std::optional(static_cast<uint32_t>(id));
    if (field.number == 3) {
      if (field.value >= std::size(kModels) || !kModels[field.value]) {
        return NoSuch("model type", std::to_string(field.value));
      }
      parts->model = kModels[field.value];
    }
    if (field.number == 24 && field.value != 0) {
      return NoSuch("option", "treat_whitespace_as_suffix");
    }
    if (field.number == 41) parts->bos_token_id = token;
    if (field.number == 42) parts->eos_token_id = token;
    return Status();
  };
  return ForEachField(message, read);
}

Status ReadNormalizerSpec(MessageReader message, TokenizerParts* parts) {
  const auto read = [&](const MessageReader&, const Field& field) {
    if (field.number == 3) parts->add_space_prefix = field.value != 0;
    if (field.number == 5 && field.value == 0) {
      return NoSuch("option", "escape_whitespaces = false");
    }
    return Status();
  };
  return ForEachField(message, read);
}

}  // namespace

Result<TokenizerParts> ParseSentencePieceModel(std::span<const uint8_t> bytes) {
  TokenizerParts parts;
  parts.model = "t5";
  parts.bos_token_id = 1;
  parts.eos_token_id = 2;
  parts.add_bos_token = true;
  const auto read = [&](const MessageReader& file, const Field& field) {
    if (field.type != WireType::kBytes) return Status();
    const MessageReader message(field.bytes, file.OffsetOf(field));
    if (field.number == 1) return ReadPiece(message, &parts);
    if (field.number == 2) return ReadTrainerSpec(message, &parts);
    if (field.number == 3) return ReadNormalizerSpec(message, &parts);
    return Status();
  };
  LENTIL_RETURN_IF_ERROR(ForEachField(MessageReader(bytes, 0), read));
  if (parts.tokens.empty()) return BadTokenizer("there are no pieces");
  return parts;
}

Result<std::shared_ptr<const Tokenizer>> TokenizerFromSentencePieceModel(
    std::span<const uint8_t> bytes) {
  LENTIL_ASSIGN_OR_RETURN(const TokenizerParts parts,
                          ParseSentencePieceModel(bytes));
  return TokenizerFromParts(parts);
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Nothing is lost by construction: literals and pieces are, one behind the
// other, the text, and the symbols of each have its bytes. A space in front is
// added to every text but the empty one, and taken away again.

#include "tokenize/piece_tokenizer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace lentil {
namespace {

// Encodes pieces and remembers short ones for the time of one text, by where
// text and symbols have them: a new piece takes the place of an old one.
class CachingEncoder {
 public:
  CachingEncoder(const PieceEncoder& encoder, ByteSpan text,
                 std::vector<uint32_t>* symbols)
      : encoder_(encoder),
        symbols_(symbols),
        slots_(std::bit_floor(
            std::clamp(text.size() / 8, kFewestSlots, kMostSlots))) {}

  void Encode(ByteSpan piece) {
    for (; piece.size() > kMaxPiece; piece = piece.subspan(Cut(piece))) {
      encoder_.Encode(piece.first(Cut(piece)), symbols_);
    }
    if (piece.size() > kLongest) return encoder_.Encode(piece, symbols_);
    Slot& slot = slots_[Hash(piece) & (slots_.size() - 1)];
    const size_t start = symbols_->size();
    if (std::ranges::equal(slot.piece, piece)) {
      symbols_->resize(start + slot.count);
      std::copy_n(symbols_->begin() + static_cast<ptrdiff_t>(slot.symbols),
                  slot.count,
                  symbols_->begin() + static_cast<ptrdiff_t>(start));
      return;
    }
    encoder_.Encode(piece, symbols_);
    slot = {piece, start, symbols_->size() - start};
  }

 private:
  struct Slot {
    ByteSpan piece;  // empty: free
    size_t symbols = 0;
    size_t count = 0;
  };
  static constexpr size_t kLongest = 64;
  static constexpr size_t kFewestSlots = 16;
  static constexpr size_t kMostSlots = 1u << 14;

  // Where a piece that is too long is cut: not within a character.
  static size_t Cut(ByteSpan piece) {
    size_t at = kMaxPiece;
    while (at > kMaxPiece - 3 && (piece[at] & 0xc0) == 0x80) --at;
    return at;
  }

  // What collides is encoded again: no harm but time.
  static uint64_t Hash(ByteSpan piece) {
    uint64_t hash = piece.size();
    for (size_t at = 0; at < piece.size(); at += sizeof(hash)) {
      uint64_t word = 0;
      std::memcpy(&word, &piece[at], std::min(sizeof(word), piece.size() - at));
      hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 32;
    }
    return hash;
  }

  const PieceEncoder& encoder_;
  std::vector<uint32_t>* symbols_;
  std::vector<Slot> slots_;
};

}  // namespace

PieceTokenizer::PieceTokenizer(PieceTokenizerParts parts)
    : parts_(std::move(parts)) {}

void PieceTokenizer::Encode(std::span<const uint8_t> text,
                            std::vector<uint32_t>* symbols) const {
  if (text.empty()) return;
  std::vector<uint8_t> prefixed;
  if (parts_.has_space_prefix) {
    prefixed.reserve(text.size() + 1);
    prefixed.push_back(' ');
    prefixed.insert(prefixed.end(), text.begin(), text.end());
    text = prefixed;
  }
  PatternSearch search(text.size());
  CachingEncoder encoder(*parts_.encoder, text, symbols);
  const PreTokenizer::Sink sink = [&](ByteSpan piece) {
    encoder.Encode(piece);
  };
  size_t begin = 0;  // of what lies behind the last literal
  size_t at = 0;
  while (!parts_.literals->empty() && at < text.size()) {
    uint32_t token = 0;
    size_t size = 0;
    parts_.literals->ForEachPrefix(
        text.subspan(at),
        [&](uint32_t found, size_t bytes) { token = found, size = bytes; });
    if (size == 0) {
      ++at;
      continue;
    }
    parts_.pre_tokenizer.Split(text.subspan(begin, at - begin), &search, sink);
    symbols->push_back(token);
    begin = at += size;
  }
  parts_.pre_tokenizer.Split(text.subspan(begin), &search, sink);
}

void PieceTokenizer::Decode(std::span<const uint32_t> symbols,
                            std::vector<uint8_t>* text) const {
  const TokenTable& table = *parts_.table;
  const auto start = static_cast<ptrdiff_t>(text->size());
  for (uint32_t symbol : symbols) {
    if (symbol < table.size()) {
      const ByteSpan bytes = table[symbol];
      text->insert(text->end(), bytes.begin(), bytes.end());
    } else if (symbol - table.size() < 256) {
      text->push_back(static_cast<uint8_t>(symbol - table.size()));
    }
  }
  const auto first = text->begin() + start;
  if (parts_.has_space_prefix && first != text->end() && *first == ' ') {
    text->erase(first);
  }
}

}  // namespace lentil

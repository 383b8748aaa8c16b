// SPDX-License-Identifier: Apache-2.0

#include "codec/token_mixer.h"

#include <algorithm>
#include <bit>

#include "kernels/floats.h"

namespace lentil {
namespace {

constexpr int kProbabilityBits = 16;
// A token's weight counts this much; its presence counts one.
constexpr int kWeightBits = 6;
constexpr int kMassBits = 39;  // that shares are computed from

// Of a match: none; or how long, and whether tokens go on by its byte.
constexpr uint32_t kLengthSteps = 8;
constexpr uint32_t kEndContexts = 1 + 2 * kLengthSteps;

// First P(escape) · 2^16, and how many bits that is worth.
constexpr uint32_t kFirstEscape = 4;
constexpr uint32_t kEscapeTrust = 30;

// How far to shift a mass to the right so that it takes so many bits.
int ShiftTo(int bits, uint64_t mass) {
  return std::max(0, static_cast<int>(std::bit_width(mass)) - bits);
}

// log2(a ÷ b) in 1/256; neither is 0.
int32_t LogRatio(uint64_t a, uint64_t b) {
  const int shift = ShiftTo(32, std::max(a, b));
  const auto log2 = [&](uint64_t x) {
    return Log2(Logistic(),
                static_cast<uint32_t>(std::max<uint64_t>(1, x >> shift)));
  };
  return ClampStretch(log2(a) - log2(b));
}

size_t Blocks(uint32_t vocab) {
  return (vocab + kTokenBlock - 1) / kTokenBlock;
}

}  // namespace

TokenMixer::TokenMixer(const TokenTrie& trie, uint32_t vocab,
                       const Kernels& kernels, size_t lanes, int table_bits)
    : trie_(trie),
      vocab_(vocab),
      floats_(kernels.floats),
      weight_(Blocks(vocab) * kTokenBlock),
      block_sum_(Blocks(vocab)),
      before_(trie.size() + 1),
      texts_(lanes),
      mixer_(kernels, std::vector<const uint8_t*>(lanes), table_bits, {},
             ContextMixer::Trust::kTransformer),
      end_(kEndContexts),
      escape_(kFirstEscape, kEscapeTrust) {}

uint64_t TokenMixer::MemoryBytes(uint32_t vocab, int table_bits) {
  return uint64_t{vocab} * (sizeof(uint32_t) + sizeof(uint64_t)) +
         sizeof(Branches) + ContextMixer::MemoryBytes(table_bits);
}

void TokenMixer::Set(const float* logits) {
  floats_.token_weights(logits, weight_.size(), weight_.data(),
                        block_sum_.data());
  uint64_t sum = 0;
  for (uint32_t rank = 0; rank < trie_.size(); ++rank) {
    before_[rank] = sum;
    sum += (uint64_t{weight_[trie_.token(rank)]} << kWeightBits) + 1;
  }
  before_[trie_.size()] = sum;
}

uint32_t TokenMixer::Code(uint32_t lane, uint32_t symbol, BitChannel* bits) {
  const bool is_known = symbol != kUnknown;
  const bool is_escaped =
      bits->Code(is_known && symbol >= vocab_, ClampProbability(escape_.p()));
  escape_.Count(is_escaped);
  if (is_escaped || trie_.size() == 0) {
    mixer_.BeginByte(lane, nullptr);
    const auto byte = static_cast<uint8_t>(symbol - vocab_);
    return vocab_ + CodeByte(lane, byte, nullptr, bits);
  }
  const uint32_t rank = is_known ? trie_.rank(symbol) : 0;
  const auto spelled =
      is_known ? trie_.bytes(rank) : std::span<const uint8_t>();
  for (Node node = trie_.root();;) {
    const uint32_t longer = trie_.FirstLonger(node);
    if (longer < node.end) {
      FindBranches(node, longer);
      mixer_.BeginByte(lane, &branches_.table);
    }
    if (longer > node.begin &&
        (longer == node.end || CodeEnd(node, longer, rank < longer, bits))) {
      return trie_.token(CodeEqual(node.begin, longer, rank, bits));
    }
    const uint8_t byte = is_known ? spelled[node.depth] : uint8_t{0};
    node = branches_.child[CodeByte(lane, byte, &branches_, bits)];
  }
}

// Frequencies of the bytes, those without tokens included: at least one for
// each, and what remains for the heaviest.
void TokenMixer::FindBranches(const Node& node, uint32_t longer) {
  constexpr uint64_t kShared = (1u << kTotalBits) - 256;
  const uint64_t all = Mass(longer, node.end);
  const int shift = ShiftTo(kMassBits, all);
  const uint64_t ratio = (kShared << kMassBits) / ((all >> shift) + 1);
  FrequencyTable& table = branches_.table;
  std::fill_n(table.frequency, 256, 1);
  std::fill(branches_.before.begin(), branches_.before.end(), 0);
  uint64_t left = kShared;
  uint64_t most = 0;
  size_t heaviest = 0;
  trie_.ForEachChild(node, [&](uint8_t byte, const Node& child) {
    const uint64_t mass = Mass(child.begin, child.end) >> shift;
    const uint64_t share = mass * ratio >> kMassBits;
    branches_.child[byte] = child;
    branches_.before[byte + 1u] = 1;
    table.frequency[byte] += static_cast<uint32_t>(share);
    left -= share;
    if (mass >= most) most = mass, heaviest = byte;
  });
  table.frequency[heaviest] += static_cast<uint32_t>(left);
  uint32_t sum = 0;
  for (size_t byte = 0; byte < 256; ++byte) {
    if (byte % 16 == 0) table.block[byte / 16] = sum;
    sum += table.frequency[byte];
    branches_.before[byte + 1] += branches_.before[byte];
  }
}

// Whether the token is one of those that the node spells.
bool TokenMixer::CodeEnd(const Node& node, uint32_t longer, bool ends,
                         BitChannel* bits) {
  uint32_t context = 0;
  if (const int byte = mixer_.matched_byte(); byte >= 0) {
    const auto length =
        static_cast<uint32_t>(std::bit_width(mixer_.match_length()));
    context = 1 + std::min(length, kLengthSteps - 1) +
              (branches_.has(static_cast<size_t>(byte)) ? kLengthSteps : 0);
  }
  const int32_t odds =
      LogRatio(Mass(node.begin, longer), Mass(longer, node.end));
  const bool bit = bits->Code(ends, end_.Predict(context, odds));
  end_.Update(bit);
  return bit;
}

// Which of the tokens of equal bytes it is.
uint32_t TokenMixer::CodeEqual(uint32_t begin, uint32_t end, uint32_t rank,
                               BitChannel* bits) {
  for (; end - begin > 1; ++begin) {
    const uint64_t all = Mass(begin, end);
    const int shift = ShiftTo(kMassBits, all);
    const uint64_t p = ((Mass(begin, begin + 1) >> shift) << kProbabilityBits) /
                       (all >> shift);
    if (bits->Code(rank == begin, ClampProbability(p))) {
      break;
    }
  }
  return begin;
}

// The byte that has begun. Bits that follow from the branches, null for all
// bytes, are not coded.
uint8_t TokenMixer::CodeByte(uint32_t lane, uint8_t byte,
                             const Branches* branches, BitChannel* bits) {
  uint32_t first = 0;  // of the bytes that begin with the bits so far
  for (uint32_t half = 128; half > 0; half /= 2) {
    const uint32_t p = mixer_.Predict();
    const auto has_any = [&](uint32_t begin) {
      return branches == nullptr ||
             branches->before[begin] != branches->before[begin + half];
    };
    bool bit = (byte & half) != 0;
    if (!has_any(first)) {
      bit = true;
    } else if (!has_any(first + half)) {
      bit = false;
    } else {
      bit = bits->Code(bit, p);
    }
    mixer_.Update(bit);
    if (bit) first += half;
  }
  texts_[lane].push_back(static_cast<uint8_t>(first));
  mixer_.MoveText(lane, texts_[lane].data());
  ++text_bytes_;
  return static_cast<uint8_t>(first);
}

}  // namespace lentil

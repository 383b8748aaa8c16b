// SPDX-License-Identifier: Apache-2.0
// Tokens coded as their bytes, so that context models may help a language
// model. docs/numerics-checkpoints.md, "Bytes of tokens".
//
// A token is a way down the trie of the vocabulary: at each node it ends or
// goes on by a byte. The model says how likely either is; context models, which
// have seen the text so far, mix in bit by bit. All lanes of a group share
// them.

#ifndef LENTIL_CODEC_TOKEN_MIXER_H_
#define LENTIL_CODEC_TOKEN_MIXER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "mixing/context_mixer.h"
#include "mixing/corrected_bit.h"
#include "mixing/slow_probability.h"
#include "model/imported/token_trie.h"

namespace lentil {

// Bits on their way into a stream, or out of it.
class BitChannel {
 public:
  // p: P(1) · 2^16. Takes `bit`, or ignores it; returns what it is.
  virtual bool Code(bool bit, uint32_t p) = 0;

 protected:
  ~BitChannel() = default;
};

// Encoder and decoder make the same calls. Not thread-safe.
class TokenMixer {
 public:
  static constexpr uint32_t kUnknown = UINT32_MAX;

  // `vocab`: of the model, whose tokens the trie has.
  TokenMixer(const TokenTrie& trie, uint32_t vocab, const Kernels& kernels,
             size_t lanes, int table_bits);

  static uint64_t MemoryBytes(uint32_t vocab, int table_bits);

  // What the model says of the next symbol coded: logits as for
  // TokenTable::Set. O(vocab).
  void Set(const float* logits);

  // Codes the lane's next symbol, a token that has bytes or vocab + an escaped
  // byte, and returns it. kUnknown where it comes out of `bits`.
  uint32_t Code(uint32_t lane, uint32_t symbol, BitChannel* bits);

  // Of all lanes so far.
  uint64_t text_bytes() const { return text_bytes_; }

 private:
  using Node = TokenTrie::Node;

  // Where a node's tokens go on. Below, `longer` is its first that does.
  struct Branches {
    FrequencyTable table;
    std::array<Node, 256> child;
    std::array<uint16_t, 257> before;  // children by lower bytes
    bool has(size_t byte) const { return before[byte] != before[byte + 1]; }
  };

  uint64_t Mass(uint32_t begin, uint32_t end) const {
    return before_[end] - before_[begin];
  }
  void FindBranches(const Node& node, uint32_t longer);
  bool CodeEnd(const Node& node, uint32_t longer, bool ends, BitChannel* bits);
  uint32_t CodeEqual(uint32_t begin, uint32_t end, uint32_t rank,
                     BitChannel* bits);
  uint8_t CodeByte(uint32_t lane, uint8_t byte, const Branches* branches,
                   BitChannel* bits);

  const TokenTrie& trie_;
  uint32_t vocab_;
  const FloatKernels& floats_;
  std::vector<uint32_t> weight_;     // of tokens, by id
  std::vector<uint32_t> block_sum_;  // of weight_
  std::vector<uint64_t> before_;     // weight of all ranks below
  Branches branches_;
  std::vector<std::vector<uint8_t>> texts_;  // of the lanes
  uint64_t text_bytes_ = 0;
  ContextMixer mixer_;
  CorrectedBit end_;
  SlowProbability escape_;
};

}  // namespace lentil

#endif  // LENTIL_CODEC_TOKEN_MIXER_H_

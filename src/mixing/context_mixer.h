// SPDX-License-Identifier: Apache-2.0
// Online predictors of one group of lanes, mixed with a transformer's
// prediction bit by bit. docs/numerics.md, "Context mixing", has every number.
//
// Counters in the contexts of the last one to six bytes, of words, of bytes
// with gaps and of columns, and a match model, learn while they code. A mixer
// whose weights learn too sums their log-odds (context mixing; Mahoney 2005,
// "Adaptive weighing of context models"); the transformer's distribution is one
// of its inputs, walked as eight binary decisions. All arithmetic is of
// integers.

#ifndef LENTIL_MIXING_CONTEXT_MIXER_H_
#define LENTIL_MIXING_CONTEXT_MIXER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/aligned.h"
#include "kernels/kernels.h"
#include "mixing/context_table.h"
#include "mixing/contexts.h"
#include "mixing/journal.h"
#include "mixing/layout.h"
#include "mixing/logistic.h"
#include "mixing/match_model.h"
#include "mixing/slow_probability.h"

namespace lentil {

// One group: its lanes take turns, byte by byte, and share what is learnt.
// Encoder and decoder make the same calls. Not thread-safe.
class ContextMixer {
 public:
  static constexpr int kMinTableBits = 8;  // 2^bits buckets of 32 bytes
  static constexpr int kMaxTableBits = 22;

  // Whom the mixer believes before it has learnt.
  enum class Trust : uint8_t {
    kShared,      // the transformer most, the others a little
    kTransformer  // the transformer alone: it has seen far more than they will
  };

  // texts[i]: where lane i's bytes are or will be.
  ContextMixer(const Kernels& kernels, const std::vector<const uint8_t*>& texts,
               int table_bits, Layout layout = {},
               Trust trust = Trust::kShared);

  static size_t MemoryBytes(int table_bits);

  // What follows in `lane` is a record on its own: it knows nothing of the
  // bytes before, but for what all lanes have learnt. With a text, its bytes
  // are or will be there, from the first on; else they go on in the lane's.
  void BeginRecord(uint32_t lane, const uint8_t* text = nullptr);

  // Notes what changes from now on, or not; see Journal. Records are begun
  // only while nothing is noted.
  void Note(Journal* journal) { journal_ = journal; }

  // Takes over what `other`, of the same shape, has learnt.
  void Learn(const ContextMixer& other);

  // Before a byte of `lane`; `table` may be null: no transformer.
  void BeginByte(uint32_t lane, const FrequencyTable* table);

  // The byte that began may not come after all; then it is begun again. Until
  // its first bit: the byte by which a match would go on, or −1, and for how
  // long that match has been right.
  int matched_byte() const { return predicted_; }
  uint32_t match_length() const { return match_.length(lane_); }

  // The bytes of `lane` are, and will be, here.
  void MoveText(uint32_t lane, const uint8_t* text) {
    texts_[lane].text = text;
  }

  // P(next bit = 1) · 2^16, in 1 … 65535; bits come from the highest down.
  uint32_t Predict();

  // What the bit was. After the eighth, the byte is in the lane's text as far
  // as the context models are concerned; the caller writes it there before it
  // begins another.
  void Update(bool bit);

  // The byte that has begun, if it is known: predicts and updates its bits.
  void LearnByte(uint8_t byte) {
    for (int i = 7; i >= 0; --i) {
      Predict();
      Update((byte >> i & 1) != 0);
    }
  }

 private:
  static constexpr size_t kContexts = 1 + kHashed;  // with order 1
  static constexpr size_t kOrders = 6;              // of them, in order
  static constexpr size_t kInputs = 32;             // room for, used: 26
  static constexpr size_t kSets = 4;                // of mixer weights
  static constexpr size_t kSteps = 33;              // of an adaptive correction

  // A corrected probability between two steps, and the nearer step.
  struct Correction {
    uint32_t p = 0;
    uint16_t* nearer = nullptr;
  };

  void HashLane(uint32_t lane);
  void FindBuckets();
  void KeepBit();
  uint8_t last_byte() const { return static_cast<uint8_t>(lanes_[lane_].last); }
  int32_t TransformerInput();
  size_t CounterInputs(int32_t* x);
  size_t MatchInput(int32_t* x);
  void Mix();
  static Correction Correct(AlignedArray<uint16_t>& map, size_t context,
                            int32_t x);
  void EndByte();

  const Kernels& kernels_;
  Layout layout_;
  const LogisticTables& logistic_;
  ContextTable table_;
  MatchModel match_;
  std::vector<LaneText> texts_;
  std::vector<LaneState> lanes_;
  std::vector<ContextHashes> hash_;  // of the lanes

  // What is learnt beside the table.
  std::vector<Counter> order0_;                // [256]
  std::vector<Counter> order1_;                // [256, 256]
  std::vector<SlowProbability> calibrated_;    // [kContexts, 16, 64]
  std::array<uint16_t, 32> match_strength_{};  // P(prediction is right) · 2^16
  std::array<std::vector<int32_t>, kSets> weights_;  // [set, kInputs]
  std::vector<int32_t> final_weights_;               // [256, kSets]
  AlignedArray<uint16_t> corrected0_;                // [256, kSteps]
  AlignedArray<uint16_t> corrected1_;  // [2^correction_bits, kSteps]
  int correction_bits_;
  Journal* journal_ = nullptr;

  // The byte at work.
  uint32_t lane_ = 0;
  const FrequencyTable* frequencies_ = nullptr;
  uint32_t node_ = 1;  // a one, then the bits so far
  int bits_done_ = 0;
  int predicted_ = -1;  // the match model's byte
  std::array<Bucket*, kHashed> bucket_{};

  // The bit at work.
  std::array<int32_t, kInputs> input_{};
  std::array<Counter*, kContexts> counter_{};
  std::array<SlowProbability*, kContexts> calibration_{};
  uint16_t* strength_ = nullptr;  // of the match, if it predicts this bit
  std::array<int32_t*, kSets> set_{};
  std::array<int32_t, kSets> mixed_{};  // log-odds
  int32_t final_ = 0;                   // log-odds
  Correction by_node_, by_byte_;
};

}  // namespace lentil

#endif  // LENTIL_MIXING_CONTEXT_MIXER_H_

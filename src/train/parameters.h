// SPDX-License-Identifier: Apache-2.0
// The trainable tensors of a decoder, as ranges of one flat array of floats.

#ifndef LENTIL_TRAIN_PARAMETERS_H_
#define LENTIL_TRAIN_PARAMETERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "kernels/kernels.h"
#include "model/config.h"

namespace lentil {

// Tokens that are read and predicted in the place of bytes.
struct Vocabulary {
  uint32_t size = 0;   // a multiple of kVocabularyUnit; 0: bytes
  uint32_t start = 0;  // the token before a sequence
  uint64_t hash = 0;   // of the tokenizer's file
  bool operator==(const Vocabulary&) const = default;
};

// Rows of logits are whole vectors of every engine. Tokens that never occur
// fill the last one.
inline constexpr uint32_t kVocabularyUnit = 16;
inline constexpr uint32_t kMaxVocabulary = 1u << 20;

// How a tensor is updated and quantised.
enum class TensorRole : uint8_t {
  kMatrix,   // inside a block: Muon; rounded with a scale per row
  kTable,    // embeddings: Adam; rounded with a scale per table
  kUnembed,  // Adam; rounded with a scale per row
  kScalar,   // per head: Adam; stays float
};

struct TensorInfo {
  std::string name;
  TensorRole role;
  std::vector<uint32_t> shape;
  size_t offset =
      0;            // floats from the start of the flat array; a multiple of 16
  size_t rows = 0;  // all dimensions but the last
  size_t cols = 0;  // last dimension
  size_t size() const { return rows * cols; }
};

// Rows first … first + rows − 1 of a tensor.
struct RowRange {
  size_t first, rows;
};

// The matrices that a tensor consists of: q, k and v heads are one each, any
// other tensor is one as a whole.
std::vector<RowRange> MatricesOf(const TensorInfo& tensor,
                                 const DecoderConfig& config);

// One layer's tensors, as offsets into the flat array.
struct BlockOffsets {
  size_t qkv, out, temperature, sink, up, down;
};

struct ParameterLayout {
  // Of tokens only the last one enters: config.inputs is {{1}} then.
  explicit ParameterLayout(const DecoderConfig& config,
                           const Vocabulary& vocabulary = {});

  bool of_tokens() const { return vocabulary.size > 0; }
  // Rows of an embedding table, and of the unembedding.
  uint32_t symbols() const {
    return of_tokens() ? vocabulary.size : kNumSymbols;
  }
  uint32_t outputs() const { return of_tokens() ? vocabulary.size : kNumBytes; }

  DecoderConfig config;
  Vocabulary vocabulary;
  std::vector<TensorInfo> tensors;
  std::vector<BlockOffsets> blocks;
  size_t embed = 0;
  size_t unembed = 0;
  size_t size = 0;  // floats, padding included
};

// Random start, reproducible from `seed`: normal with deviation 1/√(inputs) for
// matrices that read the residual stream, zero for those that write to it. Of
// tokens, attention has no sinks: they stay at −1e30.
std::vector<float> InitialParameters(const ParameterLayout& layout,
                                     uint64_t seed);

// Integers to each side of zero that weights are rounded to. Matrices take no
// more than what AVX2 multiplies fastest (docs/experiments.md, "Narrow weights"
// has what that costs).
inline constexpr int32_t kMatrixSteps = kNarrowWeight;
inline constexpr int32_t kTableSteps = 127;

// Rounds matrices and tables as an export of a model of bytes would, in place.
void FakeQuantize(const ParameterLayout& layout,
                  std::vector<float>* parameters);

}  // namespace lentil

#endif  // LENTIL_TRAIN_PARAMETERS_H_

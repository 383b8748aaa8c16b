// SPDX-License-Identifier: Apache-2.0

#include "model/imported/transformer_selftest.h"

#include <bit>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/endian.h"
#include "base/fp_mode.h"
#include "base/hash.h"
#include "base/split_mix.h"
#include "model/imported/alibi.h"
#include "model/imported/token_decoder.h"
#include "model/imported/token_table.h"
#include "model/imported/transformer.h"

namespace lentil {

const uint64_t kTransformerHash = 0x8aeae92425a6b499;

namespace {

constexpr uint32_t kVocab = 83;
constexpr uint32_t kPositions = 40;

void AppendFloat(float x, std::vector<uint8_t>* bytes) {
  AppendLe(std::bit_cast<uint32_t>(x), bytes);
}

// Tensors with random contents, made with integers and exact products only.
class RandomTensors {
 public:
  explicit RandomTensors(uint64_t seed) : state_(seed) {}

  // Floats in ±size, around `centre`.
  void AddFloats(const std::string& name, std::vector<uint64_t> shape,
                 float size, float centre = 0) {
    std::vector<uint8_t>& bytes = bytes_[name];
    for (uint64_t i = 0; i < Count(shape); ++i) {
      const auto whole = static_cast<int32_t>(Next() % 4097) - 2048;
      AppendFloat(centre + size * (static_cast<float>(whole) / 2048.0f),
                  &bytes);
    }
    Add(name, DType::kF32, std::move(shape));
  }

  // Blocks whose bytes are random, but for their scales: float16 numbers of a
  // sign and an exponent near 2^−7.
  void AddBlocks(const std::string& name, std::vector<uint64_t> shape,
                 DType dtype, std::vector<size_t> scales_at) {
    const DTypeBlockSize block = DTypeBlock(dtype);
    std::vector<uint8_t>& bytes = bytes_[name];
    for (uint64_t i = 0; i < Count(shape) / block.elements; ++i) {
      const size_t begin = bytes.size();
      for (uint32_t j = 0; j < block.bytes; ++j) {
        bytes.push_back(static_cast<uint8_t>(Next()));
      }
      for (const size_t at : scales_at) {
        bytes[begin + at + 1] &= 0x83;
        bytes[begin + at + 1] |= 0x20;
      }
    }
    Add(name, dtype, std::move(shape));
  }

  const std::map<std::string, TensorView>& tensors() const { return tensors_; }

 private:
  uint64_t Next() { return SplitMix64(&state_) >> 16; }
  static uint64_t Count(const std::vector<uint64_t>& shape) {
    uint64_t count = 1;
    for (const uint64_t n : shape) count *= n;
    return count;
  }
  void Add(const std::string& name, DType dtype, std::vector<uint64_t> shape) {
    tensors_[name] = {dtype, std::move(shape), bytes_.at(name)};
  }

  uint64_t state_;
  std::map<std::string, std::vector<uint8_t>> bytes_;
  std::map<std::string, TensorView> tensors_;
};

constexpr TensorNames kNames = {
    .embed = "embed",
    .positions = "positions",
    .final_norm = "norm",
    .head = "head",
    .attn_norm = "%.attn_norm",
    .mlp_norm = "%.mlp_norm",
    .q = "%.q",
    .k = "%.k",
    .v = "%.v",
    .q_norm = "%.q_norm",
    .k_norm = "%.k_norm",
    .attn_out = "%.out",
    .gate = "%.gate",
    .up = "%.up",
    .down = "%.down",
};

DecoderPlan BlockPlan() {
  TransformerSpec s;
  s.family = "selftest";
  s.vocab = kVocab;
  s.d_model = s.d_embed = 256;
  s.heads = 4;
  s.kv_heads = 2;
  s.head_dim = 64;
  s.d_mlp = 288;
  s.max_positions = kPositions;
  RotaryScaling yarn;
  yarn.kind = RotaryScaling::Kind::kYarn;
  yarn.factor = 4;
  yarn.original_positions = 16;
  s.rotary = {MakeRotary(10000, 64, {}), MakeRotary(5e5, 32, yarn)};
  s.qk_norm = QkNorm::kHead;
  s.attention_cap = 5;
  s.gated = true;
  s.logit_cap = 7;
  s.embedding_scale = 3;
  s.layers = {{.window = 0, .rotary = 0, .attention_scale = 0.125f},
              {.window = 9, .rotary = 1, .attention_scale = 0.25f}};
  TensorPlan tensors;
  tensors.names = kNames;
  return {std::move(s), tensors};
}

std::shared_ptr<const RandomTensors> BlockTensors(const TransformerSpec& s) {
  const auto random = std::make_shared<RandomTensors>(1);
  const uint64_t d = s.d_model;
  random->AddBlocks("embed.weight", {s.vocab, d}, DType::kQ8_0, {0});
  random->AddBlocks("head.weight", {s.vocab, d}, DType::kQ6K, {208});
  random->AddFloats("norm.weight", {d}, 1.0f / 256, 1.0f / 128);
  for (const std::string layer : {"0.", "1."}) {
    const bool is_first = layer == "0.";
    for (const char* norm : {"attn_norm.weight", "mlp_norm.weight"}) {
      random->AddFloats(layer + norm, {d}, 0.5f, 1);
    }
    random->AddFloats(layer + "q_norm.weight", {s.head_dim}, 0.5f, 1);
    random->AddFloats(layer + "k_norm.weight", {s.head_dim}, 0.5f, 1);
    random->AddBlocks(layer + "q.weight", {s.q_dim(), d},
                      is_first ? DType::kQ4_1 : DType::kQ4K, {0, 2});
    random->AddBlocks(layer + "k.weight", {s.kv_dim(), d},
                      is_first ? DType::kQ4_0 : DType::kQ8_0, {0});
    random->AddBlocks(layer + "v.weight", {s.kv_dim(), d},
                      is_first ? DType::kQ5_1 : DType::kQ5K, {0, 2});
    random->AddBlocks(layer + "out.weight", {d, s.q_dim()},
                      is_first ? DType::kQ5_0 : DType::kIq4Nl, {0});
    random->AddBlocks(layer + "gate.weight", {s.d_mlp, d}, DType::kQ2K,
                      {80, 82});
    random->AddBlocks(layer + "up.weight", {s.d_mlp, d}, DType::kQ3K, {108});
    random->AddBlocks(layer + "down.weight", {d, s.d_mlp}, DType::kQ8_0, {0});
  }
  return random;
}

DecoderPlan FloatPlan() {
  TransformerSpec s;
  s.family = "selftest";
  s.vocab = kVocab;
  s.d_model = s.d_embed = 36;
  s.heads = s.kv_heads = 3;
  s.head_dim = 12;
  s.d_mlp = 52;
  s.max_positions = kPositions;
  s.learned_positions = true;
  s.position_offset = 2;
  s.alibi = AlibiSlopes(3);
  s.norm = NormKind::kLayer;
  s.clip_qkv = 2;
  s.activation = Activation::kGelu;
  s.parallel = true;
  s.residual_scale = 0.75f;
  s.logit_scale = 3;
  s.layers = {{.window = 0, .rotary = -1, .attention_scale = 0.3f},
              {.window = 20, .rotary = -1, .attention_scale = 0.3f}};
  TensorPlan tensors;
  tensors.names = kNames;
  tensors.tied = true;
  return {std::move(s), tensors};
}

std::shared_ptr<const RandomTensors> FloatTensors(const TransformerSpec& s) {
  const auto random = std::make_shared<RandomTensors>(2);
  const uint64_t d = s.d_model;
  random->AddFloats("embed.weight", {s.vocab, d}, 1);
  random->AddFloats("positions.weight", {kPositions + 2, d}, 0.5f);
  for (const std::string norm :
       {"norm", "0.attn_norm", "0.mlp_norm", "1.attn_norm", "1.mlp_norm"}) {
    random->AddFloats(norm + ".weight", {d}, 0.5f, 1);
    random->AddFloats(norm + ".bias", {d}, 0.5f);
  }
  for (const std::string layer : {"0.", "1."}) {
    const auto add = [&](const char* name, uint64_t n, uint64_t k) {
      random->AddFloats(layer + name + ".weight", {n, k}, 0.5f);
      random->AddFloats(layer + name + ".bias", {n}, 0.25f);
    };
    add("q", d, d);
    add("k", d, d);
    add("v", d, d);
    add("out", d, d);
    add("up", s.d_mlp, d);
    add("down", d, s.d_mlp);
  }
  return random;
}

// Two lanes, of which one runs ahead.
void HashAnswers(const std::shared_ptr<const Transformer>& model,
                 const Kernels& kernels, StreamHash* hash) {
  TokenDecoder decoder(model, kernels, 2, kPositions);
  TokenTable table(kVocab);
  std::vector<float> logits(5 * decoder.logit_stride());
  uint64_t state = 3;
  for (uint32_t t = 0; t < kPositions; t += 4) {
    std::vector<TokenRow> rows;
    for (uint32_t i = t; i < t + 4; ++i) {
      rows.push_back(
          {0, i, static_cast<uint32_t>(SplitMix64(&state) % kVocab)});
    }
    rows.push_back({1, t / 4, t});
    decoder.Forward(rows);
    decoder.Logits(0, rows.size(), logits.data());
    for (size_t r = 0; r < rows.size(); ++r) {
      const float* row = logits.data() + r * decoder.logit_stride();
      std::vector<uint8_t> bytes;
      for (uint32_t i = 0; i < kVocab; ++i) AppendFloat(row[i], &bytes);
      table.Set(kernels.floats, row);
      for (uint32_t i = 0; i <= kVocab; ++i) {
        AppendLe(table.RangeOf(i).cumulative, &bytes);
      }
      hash->Update(bytes);
    }
  }
}

Status HashDecoder(DecoderPlan plan,
                   const std::shared_ptr<const RandomTensors>& tensors,
                   const Kernels& kernels, StreamHash* hash) {
  LENTIL_ASSIGN_OR_RETURN(
      const std::shared_ptr<const Transformer> model,
      Transformer::Load(tensors->tensors(), std::move(plan), tensors));
  HashAnswers(model, kernels, hash);
  return Status();
}

}  // namespace

Result<uint64_t> RunTransformerSelftest(const Kernels& kernels) {
  const ScopedFpMode fp_mode;
  StreamHash hash;
  DecoderPlan blocks = BlockPlan();
  const auto block_tensors = BlockTensors(blocks.spec);
  LENTIL_RETURN_IF_ERROR(
      HashDecoder(std::move(blocks), block_tensors, kernels, &hash));
  DecoderPlan floats = FloatPlan();
  const auto float_tensors = FloatTensors(floats.spec);
  LENTIL_RETURN_IF_ERROR(
      HashDecoder(std::move(floats), float_tensors, kernels, &hash));
  return hash.Digest();
}

}  // namespace lentil

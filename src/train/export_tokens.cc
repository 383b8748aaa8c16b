// SPDX-License-Identifier: Apache-2.0

#include "train/export_tokens.h"

#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/output_file.h"
#include "model/imported/language_model.h"
#include "weights/safetensors.h"

namespace lentil {
namespace {

using Tensors = std::map<std::string, TensorView>;

// Of the trainer's norms (train/layers-inl.h).
constexpr double kEpsilon = 1e-12;

void Add(const std::string& name, const float* values,
         std::vector<uint64_t> shape, Tensors* tensors) {
  uint64_t count = 1;
  for (const uint64_t n : shape) count *= n;
  const auto* bytes = reinterpret_cast<const uint8_t*>(values);
  (*tensors)[name + ".weight"] = {
      DType::kF32, std::move(shape), {bytes, count * sizeof(float)}};
}

// The norm's weights of every query: temperatures, [H × K].
std::vector<float> QueryNorm(const DecoderConfig& c, const float* temperature) {
  std::vector<float> weight;
  for (uint32_t h = 0; h < c.heads; ++h) {
    weight.insert(weight.end(), c.head_dim, temperature[h]);
  }
  return weight;
}

std::string ConfigText(const ParameterLayout& layout) {
  const DecoderConfig& c = layout.config;
  const nlohmann::ordered_json json = {{"model_type", "lentil_tokens"},
                                       {"vocab_size", layout.vocabulary.size},
                                       {"hidden_size", c.d_model},
                                       {"num_hidden_layers", c.layers()},
                                       {"num_attention_heads", c.heads},
                                       {"num_key_value_heads", c.kv_heads},
                                       {"head_dim", c.head_dim},
                                       {"intermediate_size", c.d_mlp},
                                       {"layer_windows", c.windows},
                                       {"rope_theta", c.rotary_base},
                                       {"rms_norm_eps", kEpsilon},
                                       // Windows alone bound what is seen.
                                       {"max_position_embeddings", kMaxContext},
                                       {"tie_word_embeddings", false}};
  return json.dump(1) + "\n";
}

Status WriteText(const std::filesystem::path& path, const std::string& text) {
  return WriteFile(path.string(),
                   {reinterpret_cast<const uint8_t*>(text.data()), text.size()})
      .WithContext(path.string());
}

}  // namespace

Status ExportTokenModel(const ParameterLayout& layout,
                        const std::vector<float>& parameters,
                        const std::string& tokenizer_json,
                        const std::string& card, const std::string& folder) {
  for (const float value : parameters) {
    if (!std::isfinite(value)) {
      return Status(Code::kInvalidArgument,
                    "a trained value is not finite; lower the rates");
    }
  }
  const DecoderConfig& c = layout.config;
  const float* w = parameters.data();
  const uint64_t vocab = layout.vocabulary.size;
  const uint64_t d = c.d_model;
  Tensors tensors;
  std::vector<std::vector<float>> query_norms(c.layers());
  Add("model.embed_tokens", w + layout.embed, {vocab, d}, &tensors);
  for (uint32_t i = 0; i < c.layers(); ++i) {
    const BlockOffsets& o = layout.blocks[i];
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    query_norms[i] = QueryNorm(c, w + o.temperature);
    Add(layer + "self_attn.q_norm", query_norms[i].data(), {c.q_dim()},
        &tensors);
    Add(layer + "self_attn.qkv_proj", w + o.qkv, {c.qkv_rows(), d}, &tensors);
    Add(layer + "self_attn.o_proj", w + o.out, {d, c.q_dim()}, &tensors);
    Add(layer + "mlp.up_proj", w + o.up, {c.d_mlp, d}, &tensors);
    Add(layer + "mlp.down_proj", w + o.down, {d, c.d_mlp}, &tensors);
  }
  Add("lm_head", w + layout.unembed, {vocab, d}, &tensors);
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> weights,
                          WriteSafetensors(tensors, {{"lentil.card", card}}));
  const std::filesystem::path path(folder);
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Status(Code::kIo, folder + ": " + error.message());
  LENTIL_RETURN_IF_ERROR(WriteText(path / "tokenizer.json", tokenizer_json));
  LENTIL_RETURN_IF_ERROR(WriteText(path / "config.json", ConfigText(layout)));
  const std::string model = (path / "model.safetensors").string();
  return WriteFile(model, weights).WithContext(model);
}

}  // namespace lentil

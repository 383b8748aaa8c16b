// SPDX-License-Identifier: Apache-2.0
// Rows of families, and what config.json says about each. Names are those of
// checkpoints as they are published; facts were checked against the reference
// implementation by tests/golden/families.

#include "model/imported/families.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/messages.h"
#include "model/imported/alibi.h"
#include "model/imported/config_reader.h"
#include "model/imported/family_config.h"
#include "model/imported/rotary.h"

namespace lentil {
namespace {

// ---- names that several families share
// ---------------------------------------

constexpr TensorNames kLlamaNames = {
    .embed = "model.embed_tokens",
    .final_norm = "model.norm",
    .head = "lm_head",
    .attn_norm = "model.layers.%.input_layernorm",
    .mlp_norm = "model.layers.%.post_attention_layernorm",
    .q = "model.layers.%.self_attn.q_proj",
    .k = "model.layers.%.self_attn.k_proj",
    .v = "model.layers.%.self_attn.v_proj",
    .q_norm = "model.layers.%.self_attn.q_norm",
    .k_norm = "model.layers.%.self_attn.k_norm",
    .attn_out = "model.layers.%.self_attn.o_proj",
    .gate = "model.layers.%.mlp.gate_proj",
    .up = "model.layers.%.mlp.up_proj",
    .down = "model.layers.%.mlp.down_proj",
};

constexpr TensorNames kGpt2Names = {
    .embed = "transformer.wte",
    .positions = "transformer.wpe",
    .final_norm = "transformer.ln_f",
    .head = "lm_head",
    .attn_norm = "transformer.h.%.ln_1",
    .mlp_norm = "transformer.h.%.ln_2",
    .qkv = "transformer.h.%.attn.c_attn",
    .attn_out = "transformer.h.%.attn.c_proj",
    .up = "transformer.h.%.mlp.c_fc",
    .down = "transformer.h.%.mlp.c_proj",
};

constexpr TensorNames With(TensorNames names, auto change) {
  change(names);
  return names;
}

constexpr TensorNames kGemma2Names = With(kLlamaNames, [](TensorNames& n) {
  n.attn_post_norm = "model.layers.%.post_attention_layernorm";
  n.mlp_norm = "model.layers.%.pre_feedforward_layernorm";
  n.mlp_post_norm = "model.layers.%.post_feedforward_layernorm";
});

constexpr TensorNames kOlmo2Names = With(kLlamaNames, [](TensorNames& n) {
  n.attn_norm = n.mlp_norm = {};
  n.attn_post_norm = "model.layers.%.post_attention_layernorm";
  n.mlp_post_norm = "model.layers.%.post_feedforward_layernorm";
});

constexpr TensorNames kGlmNames = With(kLlamaNames, [](TensorNames& n) {
  n.gate = n.up = {};
  n.gate_up = "model.layers.%.mlp.gate_up_proj";
});

constexpr TensorNames kGptJNames = {
    .embed = "transformer.wte",
    .final_norm = "transformer.ln_f",
    .head = "lm_head",
    .attn_norm = "transformer.h.%.ln_1",
    .q = "transformer.h.%.attn.q_proj",
    .k = "transformer.h.%.attn.k_proj",
    .v = "transformer.h.%.attn.v_proj",
    .attn_out = "transformer.h.%.attn.out_proj",
    .up = "transformer.h.%.mlp.fc_in",
    .down = "transformer.h.%.mlp.fc_out",
};

constexpr TensorNames kBloomNames = {
    .embed = "transformer.word_embeddings",
    .embed_norm = "transformer.word_embeddings_layernorm",
    .final_norm = "transformer.ln_f",
    .head = "lm_head",
    .attn_norm = "transformer.h.%.input_layernorm",
    .mlp_norm = "transformer.h.%.post_attention_layernorm",
    .qkv = "transformer.h.%.self_attention.query_key_value",
    .attn_out = "transformer.h.%.self_attention.dense",
    .up = "transformer.h.%.mlp.dense_h_to_4h",
    .down = "transformer.h.%.mlp.dense_4h_to_h",
};

// ---- families --------------------------------------------------------------

constexpr double kMostWindow = 1 << 24;

struct Family {
  std::string_view model_type;
  TensorPlan tensors;
  void (*configure)(Config&, uint32_t context, DecoderPlan*);
};

void LikeLlama(Config& c, uint32_t context, TransformerSpec* s) {
  s->gated = true;
  s->activation = ReadActivation(c, "silu");
  UseRotary(c, s, context);
}

void LikeGpt2(Config& c, TransformerSpec* s) {
  s->norm = NormKind::kLayer;
  s->learned_positions = true;
  s->activation = ReadActivation(c, "gelu_new");
  if (!c.Flag({"scale_attn_weights"}, true)) UseScale(s, 1);
}

void Llama(Config& c, uint32_t context, DecoderPlan* p) {
  LikeLlama(c, context, &p->spec);
}

void Mistral(Config& c, uint32_t context, DecoderPlan* p) {
  LikeLlama(c, context, &p->spec);
  UseWindows(c, c.Size({"sliding_window"}, 0), EveryLayer, 0, &p->spec);
}

void Qwen(Config& c, uint32_t context, DecoderPlan* p) {
  LikeLlama(c, context, &p->spec);
  if (!c.Flag({"use_sliding_window"}, false)) return;
  const uint32_t from = c.Size({"max_window_layers"}, 28);
  UseWindows(
      c, c.Size({"sliding_window"}, 0),
      [](uint32_t i, uint32_t first) { return i >= first; }, from, &p->spec);
}

void Qwen3(Config& c, uint32_t context, DecoderPlan* p) {
  Qwen(c, context, p);
  p->spec.qk_norm = QkNorm::kHead;
}

void SmolLm3(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  LikeLlama(c, context, &s);
  const std::vector<double> rotates =
      c.Numbers("no_rope_layers");  // 1: it does
  const uint32_t every = c.Size({"no_rope_layer_interval"}, 4);
  for (uint32_t i = 0; i < s.layers.size(); ++i) {
    const bool rotated =
        i < rotates.size() ? rotates[i] != 0 : (i + 1) % every != 0;
    if (!rotated) s.layers[i].rotary = -1;
  }
  if (c.Flag({"use_sliding_window"}, false)) {
    UseWindows(c, c.Size({"sliding_window"}, 0), NoLayer, 0, &s);
  }
}

void LikeGemma(Config& c, uint32_t context, TransformerSpec* s) {
  s->gated = true;
  s->activation = ReadActivation(c, "gelu_pytorch_tanh");
  // Early configurations say "gelu" and mean the approximation.
  if (s->activation == Activation::kGelu) s->activation = Activation::kGeluTanh;
  s->norm_plus_one = true;
  s->embedding_scale =
      static_cast<float>(std::sqrt(static_cast<double>(s->d_model)));
  UseRotary(c, s, context);
}

void Gemma(Config& c, uint32_t context, DecoderPlan* p) {
  LikeGemma(c, context, &p->spec);
}

void Gemma2(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  LikeGemma(c, context, &s);
  UseScale(&s, 1 / std::sqrt(c.Number({"query_pre_attn_scalar"}, s.head_dim)));
  s.attention_cap = static_cast<float>(c.Number({"attn_logit_softcapping"}, 0));
  s.logit_cap = static_cast<float>(c.Number({"final_logit_softcapping"}, 0));
  UseWindows(
      c, c.Size({"sliding_window"}, 0),
      [](uint32_t i, uint32_t) { return i % 2 == 0; }, 0, &s);
}

void Gemma3(Config& c, uint32_t context, DecoderPlan* p) {
  Gemma2(c, context, p);
  TransformerSpec& s = p->spec;
  s.qk_norm = QkNorm::kHead;
  for (TransformerLayerSpec& layer : s.layers) layer.window = 0;
  const uint32_t pattern = std::max(
      1u, c.Size({"sliding_window_pattern", "_sliding_window_pattern"}, 6));
  UseWindows(
      c, c.Size({"sliding_window"}, 0),
      [](uint32_t i, uint32_t every) { return (i + 1) % every != 0; }, pattern,
      &s);
  // Windowed layers rotate by a base of their own, never scaled.
  if (c.Has("rope_parameters")) {
    s.rotary = {ReadRotary(c, s, 1, context, "full_attention"),
                ReadRotary(c, s, 1, context, "sliding_attention")};
  } else {
    const double local = c.Number({"rope_local_base_freq"}, 10000);
    s.rotary.push_back(MakeRotary(local, s.head_dim, {}));
  }
  for (TransformerLayerSpec& layer : s.layers) {
    layer.rotary = layer.window > 0 ? 1 : 0;
  }
}

void Gpt2(Config& c, uint32_t /*context*/, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  LikeGpt2(c, &s);
  if (c.Flag({"scale_attn_by_inverse_layer_idx"}, false)) {
    for (uint32_t i = 0; i < s.layers.size(); ++i) {
      s.layers[i].attention_scale /= static_cast<float>(i + 1);
    }
  }
}

void GptBigCode(Config& c, uint32_t /*context*/, DecoderPlan* p) {
  LikeGpt2(c, &p->spec);
  if (c.Flag({"multi_query"}, true)) {
    p->spec.kv_heads = 1;
  } else {
    p->tensors.qkv = QkvLayout::kPerGroup;
  }
}

void OpenAiGpt(Config& c, uint32_t /*context*/, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  LikeGpt2(c, &s);
  s.norm_last = true;
  if (c.Text({"afn"}, "gelu") != "gelu") c.Refuse("afn other than gelu");
  s.activation = Activation::kGeluTanh;  // which "gelu" means here
}

// Layers in turns with all positions in sight and with a window; scores are not
// scaled.
void GptNeo(Config& c, uint32_t /*context*/, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  LikeGpt2(c, &s);
  UseScale(&s, 1);
  const uint32_t window = c.Size({"window_size"}, 256);
  const std::vector<std::string> kinds = c.Texts("attention_layers");
  if (!kinds.empty() && kinds.size() != s.layers.size()) {
    return c.Complain("attention_layers");
  }
  for (uint32_t i = 0; i < s.layers.size(); ++i) {
    const bool is_local = kinds.empty() ? i % 2 == 1 : kinds[i] == "local";
    if (is_local) s.layers[i].window = window;
  }
}

void GptNeoX(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.activation = ReadActivation(c, "gelu");
  s.parallel = c.Flag({"use_parallel_residual"}, true);
  UseRotary(c, &s, context, 0.25);
}

void GptJ(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.activation = ReadActivation(c, "gelu_new");
  s.parallel = s.shared_norm = true;
  s.rotary_pairs = true;
  const double dims = c.Number({"rotary_dim"}, 64);
  UseRotary(c, &s, context, dims / s.head_dim);
}

void Opt(Config& c, uint32_t /*context*/, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.learned_positions = true;
  s.position_offset = 2;
  s.activation = ReadActivation(c, "relu");
  s.norm_last = !c.Flag({"do_layer_norm_before"}, true);
  if (s.norm_last || c.Flag({"_remove_final_layer_norm"}, false)) {
    p->tensors.names.final_norm = {};
  }
  if (!c.Flag({"layer_norm_elementwise_affine"}, true)) {
    p->tensors.plain_norms = true;
  }
}

void BioGpt(Config& c, uint32_t /*context*/, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.epsilon = 1e-5f;  // whatever the configuration says
  s.learned_positions = true;
  s.position_offset = 2;
  s.activation = ReadActivation(c, "gelu");
  if (c.Flag({"scale_embedding"}, true)) {
    s.embedding_scale =
        static_cast<float>(std::sqrt(static_cast<double>(s.d_model)));
  }
}

void Bloom(Config& c, uint32_t /*context*/, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.activation = Activation::kGeluTanh;
  s.alibi = AlibiSlopes(s.heads);
  if (c.Flag({"apply_residual_connection_post_layernorm"}, false)) {
    c.Refuse("apply_residual_connection_post_layernorm");
  }
}

void Falcon(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  TensorNames& names = p->tensors.names;
  s.norm = NormKind::kLayer;
  s.activation = ReadActivation(c, "gelu");
  const bool is_new = c.Flag({"new_decoder_architecture"}, false);
  if (!is_new) {
    s.kv_heads = c.Flag({"multi_query"}, true) ? 1 : s.heads;
    s.parallel = c.Flag({"parallel_attn"}, true);
  } else {
    s.parallel = true;
  }
  s.shared_norm =
      s.parallel && c.Size({"num_ln_in_parallel_attn"}, is_new ? 2 : 1) == 1;
  if (is_new && !s.shared_norm) {
    names.attn_norm = "transformer.h.%.ln_attn";
    names.mlp_norm = "transformer.h.%.ln_mlp";
  }
  if (c.Flag({"alibi"}, false)) {
    s.alibi = AlibiSlopes(s.heads);
    for (float& slope : s.alibi) slope = RoundToBf16(slope);
    s.rounded_alibi = true;
  } else {
    UseRotary(c, &s, context);
  }
}

void Mpt(Config& c, uint32_t /*context*/, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.activation = Activation::kGelu;
  s.d_mlp = s.d_model * c.Size({"expansion_ratio"}, 4);
  Config attention = c.Child("attn_config");
  s.clip_qkv = static_cast<float>(attention.Number({"clip_qkv"}, 0));
  if (attention.Flag({"qk_ln"}, false)) {
    s.qk_norm = QkNorm::kRow;
    s.qk_norm_kind = NormKind::kLayer;
  }
  const double scale = attention.Number({"softmax_scale"}, 0);
  if (scale > 0) UseScale(&s, scale);
  if (attention.Flag({"alibi"}, true)) {
    s.alibi = MptSlopes(s.heads, attention.Number({"alibi_bias_max"}, 8));
  }
  s.learned_positions = !attention.Flag({"alibi"}, true);
  c.Inherit(attention);
}

void Phi(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.activation = ReadActivation(c, "gelu_new");
  s.parallel = s.shared_norm = true;
  if (c.Flag({"qk_layernorm"}, false)) {
    s.qk_norm = QkNorm::kHead;
    s.qk_norm_kind = NormKind::kLayer;
  }
  UseRotary(c, &s, context, 0.5);
}

void StableLm(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.gated = true;
  s.activation = ReadActivation(c, "silu");
  s.parallel = s.shared_norm = c.Flag({"use_parallel_residual"}, false);
  if (c.Flag({"qk_layernorm"}, false)) {
    s.qk_norm = QkNorm::kHead;
    s.qk_norm_kind = NormKind::kLayer;
  }
  UseRotary(c, &s, context, 0.25);
}

void StarCoder2(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.activation = ReadActivation(c, "gelu_pytorch_tanh");
  UseRotary(c, &s, context);
  UseWindows(c, c.Size({"sliding_window"}, 0), EveryLayer, 0, &s);
}

void Olmo(Config& c, uint32_t context, DecoderPlan* p) {
  LikeLlama(c, context, &p->spec);
  p->spec.norm = NormKind::kLayer;
  p->spec.epsilon = 1e-5f;
  p->spec.clip_qkv = static_cast<float>(c.Number({"clip_qkv"}, 0));
}

void Olmo2(Config& c, uint32_t context, DecoderPlan* p) {
  LikeLlama(c, context, &p->spec);
  p->spec.qk_norm = QkNorm::kRow;
}

void Olmo3(Config& c, uint32_t context, DecoderPlan* p) {
  Olmo2(c, context, p);
  TransformerSpec& s = p->spec;
  UseWindows(
      c, c.Size({"sliding_window"}, 4096),
      [](uint32_t i, uint32_t) { return (i + 1) % 4 != 0; }, 0, &s);
  // Windowed layers rotate by the same base, never scaled.
  const double base = c.Number({"rope_theta"}, 500000);
  s.rotary.push_back(MakeRotary(base, s.head_dim, {}));
  for (TransformerLayerSpec& layer : s.layers) {
    layer.rotary = layer.window > 0 ? 1 : 0;
  }
}

void Cohere(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  LikeLlama(c, context, &s);
  s.norm = NormKind::kLayer;
  s.parallel = s.shared_norm = true;
  s.rotary_pairs = true;
  s.logit_scale = static_cast<float>(c.Number({"logit_scale"}, 0.0625));
  if (c.Flag({"use_qk_norm"}, false)) {
    s.qk_norm = QkNorm::kHead;
    s.qk_norm_kind = NormKind::kLayer;
  }
}

// Positions are told in windowed layers alone.
void RotateWindows(TransformerSpec* s) {
  for (TransformerLayerSpec& layer : s->layers) {
    if (layer.window == 0) layer.rotary = -1;
  }
}

bool AllButEvery(uint32_t i, uint32_t every) { return (i + 1) % every != 0; }

void Cohere2(Config& c, uint32_t context, DecoderPlan* p) {
  Cohere(c, context, p);
  UseWindows(c, c.Size({"sliding_window"}, 0), AllButEvery,
             std::max(1u, c.Size({"sliding_window_pattern"}, 4)), &p->spec);
  RotateWindows(&p->spec);
}

void Glm(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.gated = true;
  s.rotary_pairs = true;
  s.activation = ReadActivation(c, "silu");
  UseRotary(c, &s, context, 0.5);
}

void Exaone4(Config& c, uint32_t context, DecoderPlan* p) {
  LikeLlama(c, context, &p->spec);
  p->spec.qk_norm = QkNorm::kHead;
  const uint32_t window = c.Size({"sliding_window"}, 0);
  if (window == 0) return;
  if (!c.Has("layer_types")) c.Refuse("a configuration without layer_types");
  UseWindows(c, window, NoLayer, 0, &p->spec);
  RotateWindows(&p->spec);
}

void Granite(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  LikeLlama(c, context, &s);
  s.embedding_scale = static_cast<float>(c.Number({"embedding_multiplier"}, 1));
  s.residual_scale = static_cast<float>(c.Number({"residual_multiplier"}, 1));
  s.logit_scale = static_cast<float>(1 / c.Number({"logits_scaling"}, 1));
  UseScale(&s, c.Number({"attention_multiplier"}, 1));
}

void Nemotron(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.norm_plus_one = true;
  s.activation = ReadActivation(c, "relu2");
  UseRotary(c, &s, context, 0.5);
}

void Persimmon(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.norm = NormKind::kLayer;
  s.activation = ReadActivation(c, "relu2");
  if (c.Flag({"qk_layernorm"}, true)) {
    s.qk_norm = QkNorm::kHead;
    s.qk_norm_kind = NormKind::kLayer;
  }
  UseRotary(c, &s, context, 0.5);
}

// What `lentil train --tokens` makes. Weights of a query's norm are its head's
// temperature; no other norm has any.
void LentilTokens(Config& c, uint32_t context, DecoderPlan* p) {
  TransformerSpec& s = p->spec;
  s.activation = Activation::kSquaredRelu;
  s.qk_norm = QkNorm::kHead;
  s.norm_values = true;
  UseRotary(c, &s, context);
  const std::vector<double> windows = c.Numbers("layer_windows");
  if (windows.size() != s.layers.size()) return c.Complain("layer_windows");
  for (size_t i = 0; i < windows.size(); ++i) {
    if (!(windows[i] >= 1 && windows[i] <= kMostWindow)) {
      return c.Complain("layer_windows");
    }
    s.layers[i].window = static_cast<uint32_t>(windows[i]);
  }
}

const Family kFamilies[] = {
    {"llama", {.names = kLlamaNames}, Llama},
    {"mistral", {.names = kLlamaNames}, Mistral},
    {"qwen2", {.names = kLlamaNames}, Qwen},
    {"qwen3", {.names = kLlamaNames}, Qwen3},
    {"smollm3", {.names = kLlamaNames, .tied = true}, SmolLm3},
    {"gemma", {.names = kLlamaNames, .tied = true}, Gemma},
    {"gemma2", {.names = kGemma2Names, .tied = true}, Gemma2},
    {"gemma3_text", {.names = kGemma2Names, .tied = true}, Gemma3},
    {"gpt2", {.names = kGpt2Names, .transposed = true, .tied = true}, Gpt2},
    {"openai-gpt",
     {.names = With(kGpt2Names,
                    [](TensorNames& n) {
                      n.embed = "transformer.tokens_embed";
                      n.positions = "transformer.positions_embed";
                      n.final_norm = {};
                    }),
      .transposed = true,
      .tied = true},
     OpenAiGpt},
    {"gpt_neo",
     {.names = With(kGpt2Names,
                    [](TensorNames& n) {
                      n.qkv = {};
                      n.q = "transformer.h.%.attn.attention.q_proj";
                      n.k = "transformer.h.%.attn.attention.k_proj";
                      n.v = "transformer.h.%.attn.attention.v_proj";
                      n.attn_out = "transformer.h.%.attn.attention.out_proj";
                    }),
      .tied = true},
     GptNeo},
    {"gpt_bigcode", {.names = kGpt2Names, .tied = true}, GptBigCode},
    {"gpt_neox",
     {.names = {.embed = "gpt_neox.embed_in",
                .final_norm = "gpt_neox.final_layer_norm",
                .head = "embed_out",
                .attn_norm = "gpt_neox.layers.%.input_layernorm",
                .mlp_norm = "gpt_neox.layers.%.post_attention_layernorm",
                .qkv = "gpt_neox.layers.%.attention.query_key_value",
                .attn_out = "gpt_neox.layers.%.attention.dense",
                .up = "gpt_neox.layers.%.mlp.dense_h_to_4h",
                .down = "gpt_neox.layers.%.mlp.dense_4h_to_h"},
      .qkv = QkvLayout::kPerGroup},
     GptNeoX},
    {"gptj", {.names = kGptJNames}, GptJ},
    {"codegen",
     {.names = With(kGptJNames,
                    [](TensorNames& n) {
                      n.q = n.k = n.v = {};
                      n.qkv = "transformer.h.%.attn.qkv_proj";
                    }),
      .qkv = QkvLayout::kCodegen},
     GptJ},
    {"opt",
     {.names = {.embed = "model.decoder.embed_tokens",
                .positions = "model.decoder.embed_positions",
                .project_in = "model.decoder.project_in",
                .project_out = "model.decoder.project_out",
                .final_norm = "model.decoder.final_layer_norm",
                .head = "lm_head",
                .attn_norm = "model.decoder.layers.%.self_attn_layer_norm",
                .mlp_norm = "model.decoder.layers.%.final_layer_norm",
                .q = "model.decoder.layers.%.self_attn.q_proj",
                .k = "model.decoder.layers.%.self_attn.k_proj",
                .v = "model.decoder.layers.%.self_attn.v_proj",
                .attn_out = "model.decoder.layers.%.self_attn.out_proj",
                .up = "model.decoder.layers.%.fc1",
                .down = "model.decoder.layers.%.fc2"},
      .tied = true},
     Opt},
    {"biogpt",
     {.names = {.embed = "biogpt.embed_tokens",
                .positions = "biogpt.embed_positions",
                .final_norm = "biogpt.layer_norm",
                .head = "output_projection",
                .attn_norm = "biogpt.layers.%.self_attn_layer_norm",
                .mlp_norm = "biogpt.layers.%.final_layer_norm",
                .q = "biogpt.layers.%.self_attn.q_proj",
                .k = "biogpt.layers.%.self_attn.k_proj",
                .v = "biogpt.layers.%.self_attn.v_proj",
                .attn_out = "biogpt.layers.%.self_attn.out_proj",
                .up = "biogpt.layers.%.fc1",
                .down = "biogpt.layers.%.fc2"},
      .tied = true},
     BioGpt},
    {"bloom",
     {.names = kBloomNames, .qkv = QkvLayout::kPerGroup, .tied = true},
     Bloom},
    {"falcon",
     {.names = With(kBloomNames, [](TensorNames& n) { n.embed_norm = {}; }),
      .qkv = QkvLayout::kPerGroup,
      .tied = true},
     Falcon},
    {"mpt",
     {.names = {.embed = "transformer.wte",
                .positions = "transformer.wpe",
                .final_norm = "transformer.norm_f",
                .head = "lm_head",
                .attn_norm = "transformer.blocks.%.norm_1",
                .mlp_norm = "transformer.blocks.%.norm_2",
                .qkv = "transformer.blocks.%.attn.Wqkv",
                .q_norm = "transformer.blocks.%.attn.q_ln",
                .k_norm = "transformer.blocks.%.attn.k_ln",
                .attn_out = "transformer.blocks.%.attn.out_proj",
                .up = "transformer.blocks.%.ffn.up_proj",
                .down = "transformer.blocks.%.ffn.down_proj"},
      .tied = true},
     Mpt},
    {"phi",
     {.names = {.embed = "model.embed_tokens",
                .final_norm = "model.final_layernorm",
                .head = "lm_head",
                .attn_norm = "model.layers.%.input_layernorm",
                .q = "model.layers.%.self_attn.q_proj",
                .k = "model.layers.%.self_attn.k_proj",
                .v = "model.layers.%.self_attn.v_proj",
                .q_norm = "model.layers.%.self_attn.q_layernorm",
                .k_norm = "model.layers.%.self_attn.k_layernorm",
                .attn_out = "model.layers.%.self_attn.dense",
                .up = "model.layers.%.mlp.fc1",
                .down = "model.layers.%.mlp.fc2"}},
     Phi},
    {"phi3",
     {.names = With(kLlamaNames,
                    [](TensorNames& n) {
                      n.q = n.k = n.v = n.gate = n.up = {};
                      n.qkv = "model.layers.%.self_attn.qkv_proj";
                      n.gate_up = "model.layers.%.mlp.gate_up_proj";
                    })},
     Mistral},
    {"stablelm",
     {.names = With(kLlamaNames,
                    [](TensorNames& n) {
                      n.q_norm = "model.layers.%.self_attn.q_layernorm.norms";
                      n.k_norm = "model.layers.%.self_attn.k_layernorm.norms";
                    })},
     StableLm},
    {"starcoder2",
     {.names = With(kLlamaNames,
                    [](TensorNames& n) {
                      n.gate = {};
                      n.up = "model.layers.%.mlp.c_fc";
                      n.down = "model.layers.%.mlp.c_proj";
                    }),
      .tied = true},
     StarCoder2},
    {"olmo", {.names = kLlamaNames, .plain_norms = true}, Olmo},
    {"olmo2", {.names = kOlmo2Names}, Olmo2},
    {"olmo3", {.names = kOlmo2Names}, Olmo3},
    {"cohere",
     {.names = With(kLlamaNames, [](TensorNames& n) { n.mlp_norm = {}; }),
      .tied = true},
     Cohere},
    {"cohere2",
     {.names = With(kLlamaNames, [](TensorNames& n) { n.mlp_norm = {}; }),
      .tied = true},
     Cohere2},
    {"glm", {.names = kGlmNames}, Glm},
    {"glm4",
     {.names = With(kGlmNames,
                    [](TensorNames& n) {
                      n.attn_post_norm =
                          "model.layers.%.post_self_attn_layernorm";
                      n.mlp_post_norm = "model.layers.%.post_mlp_layernorm";
                    })},
     Glm},
    {"exaone4", {.names = kOlmo2Names}, Exaone4},
    {"granite", {.names = kLlamaNames}, Granite},
    {"nemotron",
     {.names = With(kLlamaNames, [](TensorNames& n) { n.gate = {}; })},
     Nemotron},
    {"persimmon",
     {.names = With(kLlamaNames,
                    [](TensorNames& n) {
                      n.final_norm = "model.final_layernorm";
                      n.q = n.k = n.v = n.gate = {};
                      n.qkv = "model.layers.%.self_attn.query_key_value";
                      n.q_norm = "model.layers.%.self_attn.q_layernorm";
                      n.k_norm = "model.layers.%.self_attn.k_layernorm";
                      n.attn_out = "model.layers.%.self_attn.dense";
                      n.up = "model.layers.%.mlp.dense_h_to_4h";
                      n.down = "model.layers.%.mlp.dense_4h_to_h";
                    }),
      .qkv = QkvLayout::kPerGroup},
     Persimmon},
    {"lentil_tokens",
     {.names = With(kLlamaNames,
                    [](TensorNames& n) {
                      n.q = n.k = n.v = n.gate = {};
                      n.qkv = "model.layers.%.self_attn.qkv_proj";
                    }),
      .plain_norms = true},
     LentilTokens},
};

}  // namespace

std::vector<std::string> KnownModelTypes() {
  std::vector<std::string> types;
  for (const Family& family : kFamilies) types.emplace_back(family.model_type);
  std::sort(types.begin(), types.end());
  return types;
}

Result<DecoderPlan> PlanFromConfig(std::string_view config_json,
                                   uint32_t context) {
  LENTIL_ASSIGN_OR_RETURN(Config config, Config::Parse(config_json));
  const std::string type = config.Text({"model_type"}, "");
  const auto* family =
      std::find_if(std::begin(kFamilies), std::end(kFamilies),
                   [&](const Family& f) { return f.model_type == type; });
  if (family == std::end(kFamilies)) {
    std::string known;
    for (const std::string& name : KnownModelTypes()) known += " " + name;
    return Status(Code::kUnsupported, "model_type " + Quoted(type) +
                                          " is not known; these are:" + known);
  }
  DecoderPlan plan{.spec = {}, .tensors = family->tensors};
  plan.spec.family = type;
  ReadSizes(config, &plan.spec);
  LENTIL_RETURN_IF_ERROR(config.status());
  plan.tensors.tied =
      config.Flag({"tie_word_embeddings"}, family->tensors.tied);
  if (context == 0) context = plan.spec.max_positions;
  family->configure(config, context, &plan);
  LENTIL_RETURN_IF_ERROR(config.status());
  LENTIL_RETURN_IF_ERROR(ValidateSpec(plan.spec));
  return plan;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "model/imported/family_config.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/messages.h"

namespace lentil {
namespace {

RotaryScaling ReadScaling(Config& rope, Config& c, uint32_t pairs,
                          uint32_t max_positions, uint32_t context) {
  using Kind = RotaryScaling::Kind;
  RotaryScaling s;
  const std::string type = rope.Text({"rope_type", "type"}, "default");
  s.factor = rope.Number({"factor"}, 1);
  s.gain = rope.Number({"attention_factor"}, 0);
  s.original_positions = rope.Number(
      {"original_max_position_embeddings"},
      c.Number({"original_max_position_embeddings"}, max_positions));
  if (type == "default") return s;
  if (type == "dynamic") {
    // Of no account up to the length of the training.
    if (context > max_positions) s.kind = Kind::kDynamic;
    s.stretch = s.factor * context / max_positions - (s.factor - 1);
    return s;
  }
  if (type == "linear") {
    s.kind = Kind::kLinear;
  } else if (type == "llama3") {
    s.kind = Kind::kLlama3;
    s.low_frequency_factor = rope.Number({"low_freq_factor"}, 1);
    s.high_frequency_factor = rope.Number({"high_freq_factor"}, 4);
  } else if (type == "yarn") {
    s.kind = Kind::kYarn;
    s.beta_fast = rope.Number({"beta_fast"}, 32);
    s.beta_slow = rope.Number({"beta_slow"}, 1);
    s.truncate = rope.Flag({"truncate"}, true);
    if (rope.Has("mscale")) rope.Refuse("rope scaling with mscale");
  } else if (type == "longrope" || type == "su") {
    s.kind = Kind::kLongRope;
    const bool is_long = context > s.original_positions;
    s.divisors = rope.Numbers(is_long ? "long_factor" : "short_factor");
    if (!rope.Has("factor")) s.factor = max_positions / s.original_positions;
    if (s.divisors.size() != pairs) rope.Complain("factors of rope_scaling");
  } else {
    rope.Refuse("rope scaling " + Quoted(type));
  }
  return s;
}

}  // namespace

void ReadSizes(Config& c, TransformerSpec* s) {
  s->vocab = c.Size({"vocab_size"});
  s->d_model = c.Size({"hidden_size", "n_embd", "d_model", "n_embed"});
  s->d_embed = c.Size({"word_embed_proj_dim"}, s->d_model);
  s->heads = c.Size({"num_attention_heads", "n_head", "n_heads", "num_heads"});
  s->kv_heads = c.Size({"num_key_value_heads", "num_kv_heads"}, s->heads);
  s->head_dim = c.Size({"head_dim"}, s->d_model / std::max(1u, s->heads));
  s->d_mlp = c.Size({"intermediate_size", "n_inner", "ffn_dim",
                     "ffn_hidden_size", "ffn_hidden"},
                    4 * s->d_model);
  s->max_positions = c.Size(
      {"max_position_embeddings", "n_positions", "max_seq_len", "seq_length"},
      2048);
  const uint32_t layers =
      c.Size({"num_hidden_layers", "n_layer", "n_layers", "num_layers"});
  s->epsilon = static_cast<float>(
      c.Number({"rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon",
                "norm_epsilon", "norm_eps"},
               1e-5));
  if (layers > kMaxLayers) return c.Complain("num_hidden_layers");
  const double scale = 1 / std::sqrt(static_cast<double>(s->head_dim));
  s->layers.assign(layers, {.attention_scale = static_cast<float>(scale)});
}

RotaryTable ReadRotary(Config& c, const TransformerSpec& s, double fraction,
                       uint32_t context, const char* kind) {
  const char* const key =
      c.Has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  Config rope = c.Child(key);
  if (kind != nullptr && rope.Has(kind)) rope = rope.Child(kind);
  const double base = rope.Number(
      {"rope_theta"},
      c.Number({"rope_theta", "rotary_emb_base", "rope_base"}, 10000));
  fraction =
      rope.Number({"partial_rotary_factor"},
                  c.Number({"partial_rotary_factor", "rotary_pct"}, fraction));
  const auto dims = static_cast<uint32_t>(
      std::clamp(s.head_dim * fraction, 0.0, 1.0 * s.head_dim));
  if (!(base > 1 && base < 1e12)) {
    c.Complain("rope_theta");
    return {};
  }
  const RotaryScaling scaling =
      ReadScaling(rope, c, dims / 2, s.max_positions, context);
  c.Inherit(rope);
  if (!c.status().ok()) return {};
  return MakeRotary(base, dims / 2 * 2, scaling);
}

void UseRotary(Config& c, TransformerSpec* s, uint32_t context,
               double fraction) {
  s->rotary = {ReadRotary(c, *s, fraction, context)};
  for (TransformerLayerSpec& layer : s->layers) layer.rotary = 0;
}

void UseScale(TransformerSpec* s, double scale) {
  for (TransformerLayerSpec& layer : s->layers) {
    layer.attention_scale = static_cast<float>(scale);
  }
}

void UseWindows(Config& c, uint32_t window, HasWindow has_window,
                uint32_t parameter, TransformerSpec* s) {
  const std::vector<std::string> types = c.Texts("layer_types");
  if (!types.empty() && types.size() != s->layers.size()) {
    return c.Complain("layer_types");
  }
  for (uint32_t i = 0; i < s->layers.size(); ++i) {
    const bool is_local = types.empty() ? has_window(i, parameter)
                                        : types[i] == "sliding_attention";
    if (is_local) s->layers[i].window = window;
  }
}

Activation ReadActivation(Config& c, const char* fallback) {
  const std::string name = c.Text(
      {"hidden_activation", "hidden_act", "activation_function", "activation"},
      fallback);
  static constexpr std::pair<std::string_view, Activation> kNames[] = {
      {"relu", Activation::kRelu},
      {"relu2", Activation::kSquaredRelu},
      {"gelu", Activation::kGelu},
      {"gelu_new", Activation::kGeluTanh},
      {"silu", Activation::kSilu},
      {"swish", Activation::kSilu},
      {"gelu_fast", Activation::kGeluTanh},
      {"gelu_pytorch_tanh", Activation::kGeluTanh},
      {"gelu_python", Activation::kGelu},
      {"gelu_accurate", Activation::kGeluTanh},
      {"gelu_python_tanh", Activation::kGeluTanh},
  };
  for (const auto& [known, activation] : kNames) {
    if (known == name) return activation;
  }
  c.Refuse("activation " + Quoted(name));
  return Activation::kRelu;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// GGUF says what config.json says, under other names: its metadata are written
// as a configuration, and the family's row does the rest. What the makers of
// GGUF files change in the weights is undone here: tensor names are the same
// for all families, fused queries, keys and values are side by side, norms that
// a family stores less one have it added.

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "model/transformer/families.h"
#include "weights/float_tensor.h"
#include "weights/gguf.h"

namespace lentil {
namespace {

using Json = nlohmann::json;

constexpr TensorNames kGgufNames = {
    .embed = "token_embd",
    .positions = "position_embd",
    .embed_norm = "token_embd_norm",
    .final_norm = "output_norm",
    .head = "output",
    .attn_norm = "blk.%.attn_norm",
    .mlp_norm = "blk.%.ffn_norm",
    .q = "blk.%.attn_q",
    .k = "blk.%.attn_k",
    .v = "blk.%.attn_v",
    .q_norm = "blk.%.attn_q_norm",
    .k_norm = "blk.%.attn_k_norm",
    .attn_out = "blk.%.attn_output",
    .gate = "blk.%.ffn_gate",
    .up = "blk.%.ffn_up",
    .down = "blk.%.ffn_down",
};

struct Architecture {
  std::string_view name;
  std::string_view model_type;
  bool rotary_pairs = false;  // rows of q and k are stored in pairs
};

constexpr Architecture kArchitectures[] = {
    {"llama", "mistral", true},
    {"qwen2", "qwen2"},
    {"qwen3", "qwen3"},
    {"gemma", "gemma"},
    {"gemma2", "gemma2"},
    {"gemma3", "gemma3_text"},
    {"gpt2", "gpt2"},
    {"gptneox", "gpt_neox"},
    {"phi2", "phi"},
    {"phi3", "phi3"},
    {"stablelm", "stablelm"},
    {"starcoder2", "starcoder2"},
    {"bloom", "bloom"},
    {"olmo2", "olmo2"},
    {"smollm3", "smollm3"},
    {"granite", "granite"},
};

// What a key of the metadata becomes.
struct KeyName {
  std::string_view gguf;  // behind the architecture's name and a dot
  const char* config;
};
constexpr KeyName kSizes[] = {
    {"context_length", "max_position_embeddings"},
    {"embedding_length", "hidden_size"},
    {"block_count", "num_hidden_layers"},
    {"feed_forward_length", "intermediate_size"},
    {"attention.head_count", "num_attention_heads"},
    {"attention.head_count_kv", "num_key_value_heads"},
    {"attention.key_length", "head_dim"},
    {"attention.sliding_window", "sliding_window"},
};
constexpr KeyName kNumbers[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps"},
    {"attention.layer_norm_epsilon", "layer_norm_eps"},
    {"rope.freq_base", "rope_theta"},
    {"rope.freq_base_swa", "rope_local_base_freq"},
    {"attn_logit_softcapping", "attn_logit_softcapping"},
    {"final_logit_softcapping", "final_logit_softcapping"},
    {"embedding_scale", "embedding_multiplier"},
    {"residual_scale", "residual_multiplier"},
    {"logit_scale", "logits_scaling"},
    {"attention.scale", "attention_multiplier"},
};

// Rotary frequencies of a pair are divided by what a tensor says, if there is
// one; else scaled as the metadata say.
Status WriteScaling(const Gguf& gguf, const std::string& prefix, Json* config) {
  const auto divisors = gguf.tensors().find("rope_freqs.weight");
  if (divisors != gguf.tensors().end()) {
    std::vector<float> values(divisors->second.ElementCount());
    if (values.size() > 1u << 16) {
      return {Code::kCorrupt, "tensor rope_freqs.weight is too large"};
    }
    LENTIL_RETURN_IF_ERROR(
        ReadFloats(divisors->second, 0, values.size(), values.data()));
    (*config)["rope_scaling"] = {{"rope_type", "longrope"},
                                 {"attention_factor", 1.0},
                                 {"short_factor", values},
                                 {"long_factor", values}};
    return Status();
  }
  const std::string type = prefix + "rope.scaling.type";
  if (!gguf.Has(type)) return Status();
  LENTIL_ASSIGN_OR_RETURN(const std::string_view kind, gguf.GetString(type));
  if (kind == "none") return Status();
  Json& scaling = (*config)["rope_scaling"];
  scaling["rope_type"] = std::string(kind);
  const std::string factor = prefix + "rope.scaling.factor";
  if (gguf.Has(factor)) {
    LENTIL_ASSIGN_OR_RETURN(scaling["factor"], gguf.GetFloat(factor));
  }
  const std::string original = prefix + "rope.scaling.original_context_length";
  if (gguf.Has(original)) {
    LENTIL_ASSIGN_OR_RETURN(scaling["original_max_position_embeddings"],
                            gguf.GetUint(original));
  }
  return Status();
}

// Metadata of `architecture` as a configuration.
Result<Json> WriteConfig(const Gguf& gguf, const Architecture& architecture) {
  const std::string prefix = std::string(architecture.name) + ".";
  Json config = {{"model_type", std::string(architecture.model_type)}};
  for (const KeyName& key : kSizes) {
    const std::string name = prefix + std::string(key.gguf);
    if (!gguf.Has(name)) continue;
    LENTIL_ASSIGN_OR_RETURN(config[key.config], gguf.GetUint(name));
  }
  for (const KeyName& key : kNumbers) {
    const std::string name = prefix + std::string(key.gguf);
    if (!gguf.Has(name)) continue;
    LENTIL_ASSIGN_OR_RETURN(config[key.config], gguf.GetFloat(name));
  }
  const auto embed = gguf.tensors().find("token_embd.weight");
  if (embed == gguf.tensors().end() || embed->second.shape.size() != 2) {
    return Status(Code::kCorrupt, "no tensor 'token_embd.weight'");
  }
  config["vocab_size"] = embed->second.shape[0];
  config["tie_word_embeddings"] = !gguf.tensors().contains("output.weight");
  const std::string rotated = prefix + "rope.dimension_count";
  if (gguf.Has(rotated)) {
    LENTIL_ASSIGN_OR_RETURN(const uint64_t dims, gguf.GetUint(rotated));
    const double heads = config.value("num_attention_heads", 1.0);
    const double head_dim =
        config.value("head_dim", config.value("hidden_size", 0.0) / heads);
    if (head_dim > 0) {
      config["partial_rotary_factor"] = static_cast<double>(dims) / head_dim;
    }
  }
  if (architecture.name == "gemma3" &&
      !config.contains("rope_local_base_freq")) {
    config["rope_local_base_freq"] = 10000;
  }
  if (config.contains("sliding_window") && architecture.model_type == "qwen2") {
    config.erase("sliding_window");
  }
  LENTIL_RETURN_IF_ERROR(WriteScaling(gguf, prefix, &config));
  return config;
}

// Bytes that are not UTF-8 are replaced: they name nothing that is known.
std::string Text(const Json& config) {
  return config.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TensorPlan PlanTensors(const Gguf& gguf, const TensorPlan& family) {
  const auto has = [&](const char* name) {
    return gguf.tensors().contains(std::string(name) + ".weight");
  };
  TensorPlan plan;
  plan.tied = !has("output");
  TensorNames& names = plan.names = kGgufNames;
  if (!has("position_embd")) names.positions = {};
  if (has("blk.0.attn_qkv")) {
    names.qkv = "blk.%.attn_qkv";
    names.q = names.k = names.v = {};
  }
  if (!family.names.gate_up.empty()) names.gate_up = names.up;
  if (!has("blk.0.attn_norm")) names.attn_norm = {};
  if (!has("blk.0.ffn_norm")) names.mlp_norm = {};
  if (has("blk.0.post_attention_norm")) {
    names.attn_post_norm = "blk.%.post_attention_norm";
  }
  if (has("blk.0.post_ffw_norm")) names.mlp_post_norm = "blk.%.post_ffw_norm";
  if (!has("token_embd_norm")) names.embed_norm = {};
  return plan;
}

}  // namespace

std::vector<std::string> KnownGgufArchitectures() {
  std::vector<std::string> names;
  for (const Architecture& known : kArchitectures) {
    names.emplace_back(known.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<DecoderPlan> PlanFromGguf(const Gguf& gguf, uint32_t context) {
  LENTIL_ASSIGN_OR_RETURN(const std::string_view name,
                          gguf.GetString("general.architecture"));
  const auto* architecture =
      std::find_if(std::begin(kArchitectures), std::end(kArchitectures),
                   [&](const Architecture& a) { return a.name == name; });
  if (architecture == std::end(kArchitectures)) {
    std::string known;
    for (const std::string& a : KnownGgufArchitectures()) known += " " + a;
    return Status(Code::kUnsupported, "architecture '" + std::string(name) +
                                          "' is not known; these are:" + known);
  }
  LENTIL_ASSIGN_OR_RETURN(const Json config, WriteConfig(gguf, *architecture));
  LENTIL_ASSIGN_OR_RETURN(DecoderPlan plan,
                          PlanFromConfig(Text(config), context));
  plan.tensors = PlanTensors(gguf, plan.tensors);
  plan.spec.rotary_pairs = architecture->rotary_pairs;
  plan.spec.norm_plus_one = false;
  return plan;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// GGUF says what config.json says, under other names: its metadata are written
// as a configuration, and the family's row does the rest. What the makers of
// GGUF files change in the weights is undone here: tensor names are the same
// for all families, fused queries, keys and values are side by side, norms that
// a family stores less one have it added, rows of queries and keys that lie in
// pairs are put back: so that a converted model computes the same bits.

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/messages.h"
#include "model/imported/families.h"
#include "model/imported/family_config.h"
#include "model/imported/gguf_names.h"
#include "weights/float_tensor.h"
#include "weights/gguf.h"

namespace lentil {
namespace {

using Json = nlohmann::json;

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
};

// A number, in float64 if the file has it so.
Result<double> GetNumber(const Gguf& gguf, const std::string& key) {
  LENTIL_ASSIGN_OR_RETURN(const double rounded, gguf.GetFloat(key));
  const std::string exact = kExactPrefix + key;
  if (!gguf.Has(exact)) return rounded;
  LENTIL_ASSIGN_OR_RETURN(const double value, gguf.GetFloat(exact));
  return static_cast<float>(value) == static_cast<float>(rounded) ? value
                                                                  : rounded;
}

// The same for a tensor of divisors.
Result<std::vector<double>> GetDivisors(const Gguf& gguf,
                                        const std::string& name) {
  const TensorView& tensor = gguf.tensors().at(name);
  std::vector<float> rounded(tensor.ElementCount());
  if (rounded.size() > 1u << 16) {
    return Status(Code::kCorrupt, "tensor " + name + " is too large");
  }
  LENTIL_RETURN_IF_ERROR(ReadFloats(tensor, 0, rounded.size(), rounded.data()));
  std::vector<double> values(rounded.begin(), rounded.end());
  const std::string exact = kExactPrefix + name;
  if (!gguf.Has(exact)) return values;
  LENTIL_ASSIGN_OR_RETURN(const std::vector<double> finer,
                          gguf.GetFloats(exact));
  const bool fits = std::ranges::equal(finer, rounded, [](double a, float b) {
    return static_cast<float>(a) == b;
  });
  return fits ? finer : values;
}

// Rotary frequencies of a pair are divided by what tensors say, if there are
// some; else scaled as the metadata say.
Status WriteScaling(const Gguf& gguf, const std::string& prefix, Json* config) {
  const auto has = [&](const std::string& key) {
    return gguf.Has(prefix + "rope.scaling." + key);
  };
  Json scaling = Json::object();
  if (has("original_context_length")) {
    LENTIL_ASSIGN_OR_RETURN(
        scaling["original_max_position_embeddings"],
        gguf.GetUint(prefix + "rope.scaling.original_context_length"));
  }
  const bool has_one = gguf.tensors().contains(kRopeFreqs);
  if (has_one || (gguf.tensors().contains(kRopeFactorsLong) &&
                  gguf.tensors().contains(kRopeFactorsShort))) {
    scaling["rope_type"] = "longrope";
    LENTIL_ASSIGN_OR_RETURN(
        scaling["short_factor"],
        GetDivisors(gguf, has_one ? kRopeFreqs : kRopeFactorsShort));
    LENTIL_ASSIGN_OR_RETURN(
        scaling["long_factor"],
        GetDivisors(gguf, has_one ? kRopeFreqs : kRopeFactorsLong));
    if (has("attn_factor")) {
      LENTIL_ASSIGN_OR_RETURN(
          scaling["attention_factor"],
          gguf.GetFloat(prefix + "rope.scaling.attn_factor"));
    } else if (has_one) {
      scaling["attention_factor"] = 1.0;
    }
    (*config)["rope_scaling"] = std::move(scaling);
    return Status();
  }
  if (!has("type")) return Status();
  LENTIL_ASSIGN_OR_RETURN(const std::string_view kind,
                          gguf.GetString(prefix + "rope.scaling.type"));
  if (kind == "none") return Status();
  scaling["rope_type"] = std::string(kind);
  constexpr KeyName kScalings[] = {{"factor", "factor"},
                                   {"yarn_beta_fast", "beta_fast"},
                                   {"yarn_beta_slow", "beta_slow"}};
  for (const KeyName& key : kScalings) {
    const std::string name(key.gguf);
    if (!has(name)) continue;
    LENTIL_ASSIGN_OR_RETURN(scaling[key.config],
                            GetNumber(gguf, prefix + "rope.scaling." + name));
  }
  (*config)["rope_scaling"] = std::move(scaling);
  return Status();
}

// Which layers have a window: every one but each nth, or a list.
Status WriteWindows(const Gguf& gguf, const std::string& prefix, Json* config) {
  const std::string key = prefix + "attention.sliding_window_pattern";
  if (!gguf.Has(key)) return Status();
  if (!gguf.metadata().at(key).is_array) {
    LENTIL_ASSIGN_OR_RETURN((*config)["sliding_window_pattern"],
                            gguf.GetUint(key));
    return Status();
  }
  LENTIL_ASSIGN_OR_RETURN(const std::vector<bool> local, gguf.GetBools(key));
  Json& types = (*config)["layer_types"] = Json::array();
  for (const bool is_local : local) {
    types.push_back(is_local ? "sliding_attention" : "full_attention");
  }
  return Status();
}

// Metadata of `architecture` as a configuration.
Result<Json> WriteConfig(const Gguf& gguf,
                         const GgufArchitecture& architecture) {
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
    LENTIL_ASSIGN_OR_RETURN(config[key.config], GetNumber(gguf, name));
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
    if (head_dim > 0) {  // half a dimension more, so that rounding keeps it
      config["partial_rotary_factor"] =
          (static_cast<double>(dims) + 0.5) / head_dim;
    }
  }
  if (architecture.name == "gemma3" &&
      !config.contains("rope_local_base_freq")) {
    config["rope_local_base_freq"] = 10000;
  }
  if (config.contains("sliding_window") && architecture.model_type == "qwen2") {
    config.erase("sliding_window");
  }
  if (architecture.name == "stablelm") {  // whatever its keys say
    config["use_parallel_residual"] =
        !gguf.tensors().contains("blk.0.ffn_norm.weight");
    config["qk_layernorm"] =
        gguf.tensors().contains("blk.0.attn_q_norm.weight");
  } else if (gguf.Has(prefix + "use_parallel_residual")) {
    LENTIL_ASSIGN_OR_RETURN(config["use_parallel_residual"],
                            gguf.GetBool(prefix + "use_parallel_residual"));
  }
  LENTIL_RETURN_IF_ERROR(WriteWindows(gguf, prefix, &config));
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
    names.q = names.k = names.v = {};
  } else {
    names.qkv = {};
  }
  if (family.names.gate_up.empty()) names.gate_up = {};
  if (!has("blk.0.attn_norm")) names.attn_norm = {};
  if (!has("blk.0.ffn_norm")) names.mlp_norm = {};
  if (!has("blk.0.post_attention_norm")) names.attn_post_norm = {};
  if (!has("blk.0.post_ffw_norm")) names.mlp_post_norm = {};
  if (!has("token_embd_norm")) names.embed_norm = {};
  return plan;
}

}  // namespace

std::vector<std::string> KnownGgufArchitectures() {
  std::vector<std::string> names;
  for (const GgufArchitecture& known : kGgufArchitectures) {
    names.emplace_back(known.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<DecoderPlan> PlanFromGguf(const Gguf& gguf, uint32_t context) {
  LENTIL_ASSIGN_OR_RETURN(const std::string_view name,
                          gguf.GetString("general.architecture"));
  const auto* architecture =
      std::find_if(std::begin(kGgufArchitectures), std::end(kGgufArchitectures),
                   [&](const GgufArchitecture& a) { return a.name == name; });
  if (architecture == std::end(kGgufArchitectures)) {
    std::string known;
    for (const std::string& a : KnownGgufArchitectures()) known += " " + a;
    return Status(Code::kUnsupported, "architecture " + Quoted(name) +
                                          " is not known; these are:" + known);
  }
  LENTIL_ASSIGN_OR_RETURN(const Json config, WriteConfig(gguf, *architecture));
  LENTIL_ASSIGN_OR_RETURN(DecoderPlan plan,
                          PlanFromConfig(Text(config), context));
  plan.tensors = PlanTensors(gguf, plan.tensors);
  if (architecture->paired_rows && !plan.spec.rotary.empty()) {
    plan.tensors.paired_rows = plan.spec.rotary[0].dims();
  }
  plan.spec.norm_plus_one = false;
  const std::string scale = std::string(name) + ".attention.scale";
  if (gguf.Has(scale)) {
    LENTIL_ASSIGN_OR_RETURN(const double value, gguf.GetFloat(scale));
    UseScale(&plan.spec, value);
  } else if (const double size = GgufScaledSize(name, plan.spec);
             size != plan.spec.head_dim) {
    UseScale(&plan.spec, 1 / std::sqrt(size));
  }
  return plan;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "model/imported/gguf_config.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <span>

#include "base/messages.h"
#include "model/imported/families.h"
#include "model/imported/language_model.h"
#include "model/imported/load_transformer.h"

namespace lentil {
namespace {

constexpr uint32_t kLongest = std::numeric_limits<uint32_t>::max();

// A number, and in float64 what float32 does not hold of it.
void SetNumber(const std::string& key, double value, GgufMetadata* metadata) {
  const auto rounded = static_cast<float>(value);
  metadata->SetFloat32(key, rounded);
  if (rounded != value) metadata->SetFloat64(kExactPrefix + key, value);
}

void SetDivisors(const std::string& name, const std::vector<double>& values,
                 GgufConfig* config) {
  std::vector<float>& rounded = config->tensors[name];
  rounded.assign(values.begin(), values.end());
  if (!std::ranges::equal(rounded, values)) {
    config->metadata.SetFloat64s(kExactPrefix + name, values);
  }
}

class ConfigWriter {
 public:
  ConfigWriter(const GgufArchitecture& architecture,
               const TransformerSpec& spec)
      : prefix_(std::string(architecture.name) + "."), spec_(spec) {
    config_.metadata.SetString("general.architecture", architecture.name);
    config_.metadata.SetString("general.type", "model");
  }

  void SetSizes();
  void SetNumbers();
  void SetWindows();
  Status SetRotary(const Checkpoint& checkpoint);

  GgufConfig Take() { return std::move(config_); }

 private:
  void Set(const char* key, uint32_t value) {
    config_.metadata.SetUint32(prefix_ + key, value);
  }
  void Set(const char* key, double value) {
    SetNumber(prefix_ + key, value, &config_.metadata);
  }
  void Set(const char* key, const char* value) {
    config_.metadata.SetString(prefix_ + key, value);
  }

  std::string prefix_;
  const TransformerSpec& spec_;
  GgufConfig config_;
};

void ConfigWriter::SetSizes() {
  Set("vocab_size", spec_.vocab);
  Set("context_length", spec_.max_positions);
  Set("embedding_length", spec_.d_model);
  Set("block_count", static_cast<uint32_t>(spec_.layers.size()));
  Set("feed_forward_length", spec_.d_mlp);
  Set("attention.head_count", spec_.heads);
  Set("attention.head_count_kv", spec_.kv_heads);
  Set("attention.key_length", spec_.head_dim);
  Set("attention.value_length", spec_.head_dim);
}

void ConfigWriter::SetNumbers() {
  Set(spec_.norm == NormKind::kRms ? "attention.layer_norm_rms_epsilon"
                                   : "attention.layer_norm_epsilon",
      double{spec_.epsilon});
  if (spec_.attention_cap > 0) {
    Set("attn_logit_softcapping", double{spec_.attention_cap});
  }
  if (spec_.logit_cap > 0) {
    Set("final_logit_softcapping", double{spec_.logit_cap});
  }
  const bool is_granite = prefix_ == "granite.";
  const std::string name = prefix_.substr(0, prefix_.size() - 1);
  const double usual = 1 / std::sqrt(GgufScaledSize(name, spec_));
  const float scale = spec_.layers[0].attention_scale;
  if (is_granite || scale != static_cast<float>(usual)) {
    Set("attention.scale", double{scale});
  }
  if (is_granite) {
    Set("embedding_scale", double{spec_.embedding_scale});
    Set("residual_scale", double{spec_.residual_scale});
    // Logits are divided by it. Mostly a float32 of which the factor was made.
    const double exact = 1 / static_cast<double>(spec_.logit_scale);
    const double rounded = static_cast<float>(exact);
    const bool is_same = static_cast<float>(1 / rounded) == spec_.logit_scale;
    Set("logit_scale", is_same ? rounded : exact);
  }
  if (prefix_ == "gptneox." || prefix_ == "stablelm.") {
    config_.metadata.SetBool(prefix_ + "use_parallel_residual", spec_.parallel);
  }
}

void ConfigWriter::SetWindows() {
  uint32_t window = 0;
  std::vector<bool> is_local;
  for (const TransformerLayerSpec& layer : spec_.layers) {
    window = std::max(window, layer.window);
    is_local.push_back(layer.window > 0);
  }
  if (window == 0) return;
  Set("attention.sliding_window", window);
  if (std::ranges::find(is_local, false) != is_local.end()) {
    config_.metadata.SetBools(prefix_ + "attention.sliding_window_pattern",
                              is_local);
  }
}

Status ConfigWriter::SetRotary(const Checkpoint& checkpoint) {
  if (spec_.rotary.empty()) return Status();
  const RotaryTable& table = spec_.rotary[0];
  const RotaryScaling& scaling = table.scaling;
  Set("rope.dimension_count", table.dims());
  Set("rope.freq_base", table.base);
  if (spec_.rotary.size() > 1) Set("rope.freq_base_swa", spec_.rotary[1].base);
  const auto set_origin = [&] {
    Set("rope.scaling.original_context_length",
        static_cast<uint32_t>(scaling.original_positions));
  };
  switch (scaling.kind) {
    case RotaryScaling::Kind::kNone:
    case RotaryScaling::Kind::kDynamic:  // begins behind what it was trained
                                         // for
      break;
    case RotaryScaling::Kind::kLinear:
      Set("rope.scaling.type", "linear");
      Set("rope.scaling.factor", scaling.factor);
      break;
    case RotaryScaling::Kind::kYarn:
      Set("rope.scaling.type", "yarn");
      Set("rope.scaling.factor", scaling.factor);
      Set("rope.scaling.yarn_beta_fast", scaling.beta_fast);
      Set("rope.scaling.yarn_beta_slow", scaling.beta_slow);
      set_origin();
      break;
    case RotaryScaling::Kind::kLlama3:
      SetDivisors(kRopeFreqs, RotaryDivisors(table.base, table.dims(), scaling),
                  &config_);
      break;
    case RotaryScaling::Kind::kLongRope: {
      LENTIL_ASSIGN_OR_RETURN(const DecoderPlan brief, PlanOf(checkpoint, 1));
      LENTIL_ASSIGN_OR_RETURN(const DecoderPlan lengthy,
                              PlanOf(checkpoint, kLongest));
      SetDivisors(kRopeFactorsShort, brief.spec.rotary[0].scaling.divisors,
                  &config_);
      SetDivisors(kRopeFactorsLong, lengthy.spec.rotary[0].scaling.divisors,
                  &config_);
      Set("rope.scaling.type", "longrope");
      Set("rope.scaling.attn_factor", double{table.gain});
      set_origin();
      break;
    }
  }
  return Status();
}

bool SameLayers(const TransformerSpec& a, const TransformerSpec& b,
                bool (*same)(const TransformerLayerSpec&,
                             const TransformerLayerSpec&)) {
  return std::ranges::equal(a.layers, b.layers, same);
}

// What of the two computes something else, or "".
std::string Difference(const TransformerSpec& a, const TransformerSpec& b) {
  using Layer = TransformerLayerSpec;
  const struct {
    const char* what;
    bool same;
  } parts[] = {
      {"sizes", a.vocab == b.vocab && a.d_model == b.d_model &&
                    a.d_embed == b.d_embed && a.heads == b.heads &&
                    a.kv_heads == b.kv_heads && a.head_dim == b.head_dim &&
                    a.d_mlp == b.d_mlp && a.max_positions == b.max_positions &&
                    a.layers.size() == b.layers.size()},
      {"scale of embeddings", a.embedding_scale == b.embedding_scale},
      {"positions", a.learned_positions == b.learned_positions &&
                        a.position_offset == b.position_offset &&
                        a.alibi == b.alibi &&
                        a.rounded_alibi == b.rounded_alibi},
      {"norms", a.norm == b.norm && a.epsilon == b.epsilon &&
                    a.norm_last == b.norm_last},
      {"rotation", a.rotary == b.rotary && a.rotary_pairs == b.rotary_pairs},
      {"layers without rotation",
       SameLayers(a, b,
                  [](const Layer& x, const Layer& y) {
                    return x.rotary == y.rotary;
                  })},
      {"windows", SameLayers(a, b,
                             [](const Layer& x, const Layer& y) {
                               return x.window == y.window;
                             })},
      {"scale of attention in each layer",
       SameLayers(a, b,
                  [](const Layer& x, const Layer& y) {
                    return x.attention_scale == y.attention_scale;
                  })},
      {"norm of queries and keys",
       a.qk_norm == b.qk_norm && a.qk_norm_kind == b.qk_norm_kind &&
           a.qk_norm_after_rotary == b.qk_norm_after_rotary},
      {"caps", a.attention_cap == b.attention_cap && a.clip_qkv == b.clip_qkv &&
                   a.logit_cap == b.logit_cap},
      {"activation", a.activation == b.activation && a.gated == b.gated},
      {"parallel residuals",
       a.parallel == b.parallel && a.shared_norm == b.shared_norm},
      {"scale of residuals", a.residual_scale == b.residual_scale},
      {"scale of logits", a.logit_scale == b.logit_scale},
  };
  for (const auto& part : parts) {
    if (!part.same) return part.what;
  }
  return "";
}

}  // namespace

Result<GgufArchitecture> GgufArchitectureOf(const std::string& model_type) {
  // The file's "llama" has what Mistral adds.
  const std::string_view wanted =
      model_type == "llama" ? "mistral" : std::string_view(model_type);
  std::string known = " llama";
  for (const GgufArchitecture& architecture : kGgufArchitectures) {
    if (architecture.model_type == wanted) return architecture;
    known += " " + std::string(architecture.model_type);
  }
  return Status(Code::kUnsupported,
                "model_type " + Quoted(model_type) +
                    " is not written as GGUF; these are:" + known);
}

Result<GgufConfig> WriteGgufConfig(const Checkpoint& checkpoint,
                                   const GgufArchitecture& architecture) {
  LENTIL_ASSIGN_OR_RETURN(const DecoderPlan plan, PlanOf(checkpoint, 0));
  const TransformerSpec& spec = plan.spec;
  ConfigWriter writer(architecture, spec);
  writer.SetSizes();
  writer.SetNumbers();
  writer.SetWindows();
  LENTIL_RETURN_IF_ERROR(writer.SetRotary(checkpoint));
  return writer.Take();
}

Status CheckSameConfig(const Checkpoint& checkpoint, const Gguf& gguf) {
  LENTIL_ASSIGN_OR_RETURN(const DecoderPlan whole, PlanOf(checkpoint, 0));
  const uint32_t longest = whole.spec.max_positions;
  for (const uint32_t context : {1u, std::min(kMaxContext, longest), longest}) {
    LENTIL_ASSIGN_OR_RETURN(const DecoderPlan ours,
                            PlanOf(checkpoint, context));
    LENTIL_ASSIGN_OR_RETURN(const DecoderPlan theirs,
                            PlanFromGguf(gguf, context));
    const std::string what = Difference(ours.spec, theirs.spec);
    if (what.empty()) continue;
    LENTIL_ASSIGN_OR_RETURN(const std::string_view name,
                            gguf.GetString("general.architecture"));
    return {Code::kUnsupported, "GGUF of architecture " + Quoted(name) +
                                    " cannot say this model's " + what};
  }
  // llama.cpp takes all rows of a head to be in pairs, or none.
  LENTIL_ASSIGN_OR_RETURN(const DecoderPlan plan, PlanFromGguf(gguf, 0));
  const uint32_t paired = plan.tensors.paired_rows;
  if (paired > 0 && paired != plan.spec.head_dim) {
    return {Code::kUnsupported,
            "GGUF of this architecture rotates whole heads alone"};
  }
  return Status();
}

}  // namespace lentil

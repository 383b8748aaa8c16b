// SPDX-License-Identifier: Apache-2.0
// What GGUF files call things: shared by the reader (families_gguf.cc) and the
// writer (gguf_export.cc).

#ifndef LENTIL_MODEL_IMPORTED_GGUF_NAMES_H_
#define LENTIL_MODEL_IMPORTED_GGUF_NAMES_H_

#include <string_view>

#include "model/imported/plan.h"

namespace lentil {

// All that a family may have. An MLP that fuses gate and up has both in `up`.
inline constexpr TensorNames kGgufNames = {
    .embed = "token_embd",
    .positions = "position_embd",
    .embed_norm = "token_embd_norm",
    .final_norm = "output_norm",
    .head = "output",
    .attn_norm = "blk.%.attn_norm",
    .attn_post_norm = "blk.%.post_attention_norm",
    .mlp_norm = "blk.%.ffn_norm",
    .mlp_post_norm = "blk.%.post_ffw_norm",
    .qkv = "blk.%.attn_qkv",
    .q = "blk.%.attn_q",
    .k = "blk.%.attn_k",
    .v = "blk.%.attn_v",
    .q_norm = "blk.%.attn_q_norm",
    .k_norm = "blk.%.attn_k_norm",
    .attn_out = "blk.%.attn_output",
    .gate_up = "blk.%.ffn_up",
    .gate = "blk.%.ffn_gate",
    .up = "blk.%.ffn_up",
    .down = "blk.%.ffn_down",
};

struct GgufArchitecture {
  std::string_view name;
  std::string_view model_type;  // of the configuration that says the same
  bool paired_rows = false;     // rows of q and k are stored in pairs
};

inline constexpr GgufArchitecture kGgufArchitectures[] = {
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
    {"smollm3", "smollm3", true},
    {"granite", "granite", true},
};

// Attention is scaled by 1 / √ of this. Of Gemma the files do not say it:
// llama.cpp's loader knows the 27B models, where it is not the size of a head,
// by their number of layers.
inline double GgufScaledSize(std::string_view architecture,
                             const TransformerSpec& spec) {
  const bool is_27b = (architecture == "gemma2" && spec.layers.size() == 46) ||
                      (architecture == "gemma3" && spec.layers.size() == 62);
  return is_27b ? spec.d_model / spec.heads : spec.head_dim;
}

// Divisors of rotary frequencies, one per pair.
inline constexpr char kRopeFreqs[] = "rope_freqs.weight";
inline constexpr char kRopeFactorsLong[] = "rope_factors_long.weight";
inline constexpr char kRopeFactorsShort[] = "rope_factors_short.weight";

// GGUF has numbers as float32. In front of a key or a tensor's name: the same
// in float64, where that differs. Only lentil writes and reads these, so that a
// converted model computes what it did; they count only while they round to
// what the file says elsewhere.
inline constexpr char kExactPrefix[] = "lentil.exact.";

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_GGUF_NAMES_H_

// SPDX-License-Identifier: Apache-2.0
// Finds, checks and packs the tensors that a plan names.

#include "model/imported/transformer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/messages.h"
#include "model/imported/tensor_finder.h"
#include "weights/float_tensor.h"
#include "weights/messages.h"

namespace lentil {
class TransformerLoader {
 public:
  TransformerLoader(const std::map<std::string, TensorView>& tensors,
                    DecoderPlan plan)
      : plan_(std::move(plan)), finder_(tensors, plan_.tensors.names) {}

  Result<std::shared_ptr<const Transformer>> Run(
      std::shared_ptr<const void> owner,
      const std::function<void()>& after_layer);

 private:
  const TransformerSpec& spec() const { return plan_.spec; }
  const TensorNames& names() const { return plan_.tensors.names; }

  Result<NormWeights> ReadNorm(const std::string& name, uint32_t n,
                               bool required = true);
  Result<NormWeights> ReadHeadNorm(const std::string& name, uint32_t heads);
  Result<std::vector<float>> ReadVector(const std::string& name,
                                        const TensorView& tensor, uint32_t n);
  // Rows `runs` of the matrix `name`, which has `rows` rows in all.
  Result<Linear> ReadLinear(const std::string& name, uint32_t n, uint32_t k,
                            uint64_t rows, const RowRuns& runs = {});
  Status ReadQkv(uint32_t layer, TransformerBlock* block);
  Status ReadMlp(uint32_t layer, TransformerBlock* block);
  Status ReadBlock(uint32_t layer, TransformerBlock* block);
  Status ReadEnds(Transformer* model);

  DecoderPlan plan_;
  TensorFinder finder_;
};

Result<std::vector<float>> TransformerLoader::ReadVector(
    const std::string& name, const TensorView& tensor, uint32_t n) {
  if (tensor.ElementCount() != n) {
    return Corrupt("tensor " + Quoted(name) + " has " +
                   std::to_string(tensor.ElementCount()) +
                   " elements; the configuration wants " + std::to_string(n));
  }
  std::vector<float> values(n);
  LENTIL_RETURN_IF_ERROR(ReadFloats(tensor, 0, n, values.data()));
  return values;
}

Result<NormWeights> TransformerLoader::ReadNorm(const std::string& name,
                                                uint32_t n, bool required) {
  NormWeights norm;
  if (name.empty()) return norm;
  const TensorView* weight = finder_.Find(name + ".weight");
  if (weight == nullptr) {
    if (required && !plan_.tensors.plain_norms) {
      return Corrupt("no tensor " + Quoted(name + ".weight"));
    }
    norm.present = plan_.tensors.plain_norms;
    return norm;
  }
  norm.present = true;
  LENTIL_ASSIGN_OR_RETURN(norm.weight,
                          ReadVector(name + ".weight", *weight, n));
  if (spec().norm_plus_one) {
    for (float& w : norm.weight) w += 1.0f;
  }
  if (const TensorView* bias = finder_.Find(name + ".bias")) {
    LENTIL_ASSIGN_OR_RETURN(norm.bias, ReadVector(name + ".bias", *bias, n));
  }
  return norm;
}

// Of one head for all, of each head (in one tensor, or one tensor each), or of
// the whole row.
Result<NormWeights> TransformerLoader::ReadHeadNorm(const std::string& name,
                                                    uint32_t heads) {
  const uint32_t row = heads * spec().head_dim;
  if (name.empty() || spec().qk_norm == QkNorm::kNone) return NormWeights{};
  if (finder_.Find(name + ".0.weight") != nullptr) {
    NormWeights all;
    for (uint32_t h = 0; h < heads; ++h) {
      LENTIL_ASSIGN_OR_RETURN(
          const NormWeights one,
          ReadNorm(name + "." + std::to_string(h), spec().head_dim));
      all.weight.insert(all.weight.end(), one.weight.begin(), one.weight.end());
      all.bias.insert(all.bias.end(), one.bias.begin(), one.bias.end());
    }
    all.present = true;
    return all;
  }
  const TensorView* weight = finder_.Find(name + ".weight");
  const bool of_row = weight != nullptr && weight->ElementCount() == row;
  return ReadNorm(
      name, of_row || spec().qk_norm == QkNorm::kRow ? row : spec().head_dim);
}

Result<Linear> TransformerLoader::ReadLinear(const std::string& name,
                                             uint32_t n, uint32_t k,
                                             uint64_t rows,
                                             const RowRuns& runs) {
  const bool transposed = plan_.tensors.transposed;
  LinearSource source;
  LENTIL_ASSIGN_OR_RETURN(
      source.weight, finder_.Get(name + ".weight",
                                 transposed ? std::vector<uint64_t>{k, rows}
                                            : std::vector<uint64_t>{rows, k}));
  if (finder_.Find(name + ".bias") != nullptr) {
    LENTIL_ASSIGN_OR_RETURN(source.bias, finder_.Get(name + ".bias", {rows}));
  }
  source.runs = runs;
  source.n = n;
  source.k = k;
  source.transposed = transposed;
  Result<Linear> linear = Linear::Load(source);
  if (!linear.ok()) return linear.status().WithContext(name);
  return linear;
}

Status TransformerLoader::ReadQkv(uint32_t layer, TransformerBlock* block) {
  const TransformerSpec& s = spec();
  const uint32_t q = s.q_dim();
  const uint32_t kv = s.kv_dim();
  const uint32_t d = s.d_model;
  const QkvRuns runs = QkvRunsOf(plan_);
  const bool fused = !names().qkv.empty();
  const auto read = [&](std::string_view name, uint32_t n,
                        const RowRuns& rows) {
    return fused ? ReadLinear(InLayer(names().qkv, layer), n, d,
                              q + 2 * uint64_t{kv}, rows)
                 : ReadLinear(InLayer(name, layer), n, d, n, rows);
  };
  LENTIL_ASSIGN_OR_RETURN(block->q, read(names().q, q, runs.q));
  LENTIL_ASSIGN_OR_RETURN(block->k, read(names().k, kv, runs.k));
  LENTIL_ASSIGN_OR_RETURN(block->v, read(names().v, kv, runs.v));
  return Status();
}

Status TransformerLoader::ReadMlp(uint32_t layer, TransformerBlock* block) {
  const TransformerSpec& s = spec();
  const uint32_t d = s.d_model;
  const uint32_t f = s.d_mlp;
  if (!names().gate_up.empty()) {
    const std::string name = InLayer(names().gate_up, layer);
    const uint64_t rows = 2 * uint64_t{f};
    LENTIL_ASSIGN_OR_RETURN(block->gate, ReadLinear(name, f, d, rows));
    LENTIL_ASSIGN_OR_RETURN(block->up,
                            ReadLinear(name, f, d, rows, {.offset = f}));
  } else {
    if (s.gated) {
      LENTIL_ASSIGN_OR_RETURN(
          block->gate, ReadLinear(InLayer(names().gate, layer), f, d, f));
    }
    LENTIL_ASSIGN_OR_RETURN(block->up,
                            ReadLinear(InLayer(names().up, layer), f, d, f));
  }
  LENTIL_ASSIGN_OR_RETURN(block->down,
                          ReadLinear(InLayer(names().down, layer), d, f, d));
  return Status();
}

Status TransformerLoader::ReadBlock(uint32_t layer, TransformerBlock* block) {
  const TransformerSpec& s = spec();
  const auto norm = [&](std::string_view name) {
    return ReadNorm(InLayer(name, layer), s.d_model);
  };
  LENTIL_ASSIGN_OR_RETURN(block->attn_norm, norm(names().attn_norm));
  LENTIL_ASSIGN_OR_RETURN(block->attn_post_norm, norm(names().attn_post_norm));
  if (!s.shared_norm) {
    LENTIL_ASSIGN_OR_RETURN(block->mlp_norm, norm(names().mlp_norm));
  }
  LENTIL_ASSIGN_OR_RETURN(block->mlp_post_norm, norm(names().mlp_post_norm));
  LENTIL_RETURN_IF_ERROR(ReadQkv(layer, block));
  LENTIL_ASSIGN_OR_RETURN(
      block->q_norm, ReadHeadNorm(InLayer(names().q_norm, layer), s.heads));
  LENTIL_ASSIGN_OR_RETURN(
      block->k_norm, ReadHeadNorm(InLayer(names().k_norm, layer), s.kv_heads));
  LENTIL_ASSIGN_OR_RETURN(
      block->attn_out, ReadLinear(InLayer(names().attn_out, layer), s.d_model,
                                  s.q_dim(), s.d_model));
  return ReadMlp(layer, block);
}

Status TransformerLoader::ReadEnds(Transformer* model) {
  const TransformerSpec& s = spec();
  LENTIL_ASSIGN_OR_RETURN(model->embed_,
                          finder_.Get(std::string(names().embed) + ".weight",
                                      {s.vocab, s.d_embed}));
  if (s.learned_positions) {
    LENTIL_ASSIGN_OR_RETURN(
        model->positions_,
        finder_.Get(std::string(names().positions) + ".weight",
                    {s.max_positions + s.position_offset, s.d_model}));
  }
  LENTIL_ASSIGN_OR_RETURN(model->embed_norm_,
                          ReadNorm(std::string(names().embed_norm), s.d_embed));
  LENTIL_ASSIGN_OR_RETURN(model->final_norm_,
                          ReadNorm(std::string(names().final_norm), s.d_model));
  // Embeddings, projections and the head are never transposed.
  plan_.tensors.transposed = false;
  if (s.d_embed != s.d_model) {
    LENTIL_ASSIGN_OR_RETURN(model->project_in_,
                            ReadLinear(std::string(names().project_in),
                                       s.d_model, s.d_embed, s.d_model));
    LENTIL_ASSIGN_OR_RETURN(model->project_out_,
                            ReadLinear(std::string(names().project_out),
                                       s.d_embed, s.d_model, s.d_embed));
  }
  // A head that is there is used, whatever the configuration says of ties.
  std::string head(names().head);
  if (finder_.Find(head + ".weight") == nullptr &&
      finder_.Find("lm_head.weight") != nullptr) {
    head = "lm_head";
  }
  const bool has_head = finder_.Find(head + ".weight") != nullptr;
  if (!has_head && !plan_.tensors.tied) {
    return Corrupt("no tensor " + Quoted(head + ".weight"));
  }
  LENTIL_ASSIGN_OR_RETURN(
      model->head_, ReadLinear(has_head ? head : std::string(names().embed),
                               s.vocab, s.d_embed, s.vocab));
  return Status();
}

Result<std::shared_ptr<const Transformer>> TransformerLoader::Run(
    std::shared_ptr<const void> owner,
    const std::function<void()>& after_layer) {
  std::shared_ptr<Transformer> model(new Transformer());
  model->owner_ = std::move(owner);
  model->spec_ = plan_.spec;
  model->blocks_.resize(spec().layers.size());
  for (uint32_t layer = 0; layer < model->blocks_.size(); ++layer) {
    LENTIL_RETURN_IF_ERROR(ReadBlock(layer, &model->blocks_[layer]));
    if (after_layer) after_layer();
  }
  LENTIL_RETURN_IF_ERROR(ReadEnds(model.get()));
  LENTIL_RETURN_IF_ERROR(finder_.CheckNothingIsLeft(spec().family));
  model->weight_count_ = finder_.weights();
  return std::shared_ptr<const Transformer>(std::move(model));
}

Result<std::shared_ptr<const Transformer>> Transformer::Load(
    const std::map<std::string, TensorView>& tensors, DecoderPlan plan,
    std::shared_ptr<const void> owner,
    const std::function<void()>& after_layer) {
  LENTIL_RETURN_IF_ERROR(ValidateSpec(plan.spec));
  return TransformerLoader(tensors, std::move(plan))
      .Run(std::move(owner), after_layer);
}

// Shapes and types were checked when the model was loaded.
void Transformer::Embed(uint32_t token, float* out) const {
  const Status read =
      ReadFloats(embed_, uint64_t{token} * spec_.d_embed, spec_.d_embed, out);
  if (!read.ok()) std::fill_n(out, spec_.d_embed, 0.0f);
  if (spec_.embedding_scale == 1) return;
  for (uint32_t i = 0; i < spec_.d_embed; ++i) out[i] *= spec_.embedding_scale;
}

void Transformer::EmbedPosition(uint32_t position, float* out) const {
  const uint64_t row = uint64_t{position} + spec_.position_offset;
  const Status read =
      ReadFloats(positions_, row * spec_.d_model, spec_.d_model, out);
  if (!read.ok()) std::fill_n(out, spec_.d_model, 0.0f);
}

size_t Transformer::memory_bytes() const {
  size_t bytes = project_in_.memory_bytes() + project_out_.memory_bytes() +
                 head_.memory_bytes();
  for (const TransformerBlock& b : blocks_) {
    for (const Linear* linear :
         {&b.q, &b.k, &b.v, &b.attn_out, &b.gate, &b.up, &b.down}) {
      bytes += linear->memory_bytes();
    }
  }
  return bytes;
}

}  // namespace lentil

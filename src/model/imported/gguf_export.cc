// SPDX-License-Identifier: Apache-2.0
// Does what the reader (families_gguf.cc) undoes.

#include "model/imported/gguf_export.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/messages.h"
#include "model/imported/gguf_config.h"
#include "model/imported/gguf_tokenizer.h"
#include "model/imported/load_transformer.h"
#include "model/imported/tensor_finder.h"
#include "weights/float_tensor.h"
#include "weights/quantize.h"

namespace lentil {
namespace {

using Bytes = std::vector<uint8_t>;
using RowMap = std::function<uint64_t(uint64_t)>;

// Where the values of a tensor come from: rows of the parts, one behind the
// other.
struct TensorSource {
  std::vector<TensorView> parts;
  uint64_t width = 1;       // values of a row
  RowMap row = {};          // which row of the part is next; none: in order
  bool transposed = false;  // the part's columns are the rows
  float shift = 0;          // is added to every value
};

// Appends a row of the part as `dtype`.
Status AppendRow(const TensorSource& source, const TensorView& part,
                 uint64_t row, DType dtype, Bytes* out) {
  const uint64_t n = source.width;
  if (dtype == part.dtype && source.shift == 0 && !source.transposed) {
    const uint64_t size = *TensorBytes(dtype, {n});
    const auto bytes = part.bytes.subspan(row * size, size);
    out->insert(out->end(), bytes.begin(), bytes.end());
    return Status();
  }
  std::vector<float> values(n);
  if (source.transposed) {
    const uint64_t columns = part.shape.back();
    for (uint64_t i = 0; i < n; ++i) {
      LENTIL_RETURN_IF_ERROR(
          ReadFloats(part, i * columns + row, 1, &values[i]));
    }
  } else {
    LENTIL_RETURN_IF_ERROR(ReadFloats(part, row * n, n, values.data()));
  }
  if (source.shift != 0) {
    for (float& value : values) value += source.shift;
  }
  return StoreRow(dtype, values, out);
}

Status AppendTensor(const TensorSource& source, const GgufShape& shape,
                    Bytes* out) {
  out->reserve(*TensorBytes(shape.dtype, shape.shape));
  for (const TensorView& part : source.parts) {
    const uint64_t rows = part.ElementCount() / source.width;
    for (uint64_t i = 0; i < rows; ++i) {
      LENTIL_RETURN_IF_ERROR(AppendRow(
          source, part, source.row ? source.row(i) : i, shape.dtype, out));
    }
  }
  return Status();
}

// Collects the tensors of a file from those that a plan names.
class TensorExporter {
 public:
  TensorExporter(const Checkpoint& checkpoint, DecoderPlan plan,
                 const GgufArchitecture& architecture,
                 std::optional<DType> dtype)
      : plan_(std::move(plan)),
        finder_(checkpoint.tensors(), plan_.tensors.names),
        dtype_(dtype) {
    const uint64_t head = plan_.spec.head_dim;
    if (architecture.paired_rows) pairs_ = {head, head};
  }

  Status AddAll();
  // Of no tensor in the checkpoint. `values` must outlive this.
  void AddValues(const std::string& name, const std::vector<float>& values);

  const std::map<std::string, GgufShape>& shapes() const { return shapes_; }
  const QuantizeReport& report() const { return report_; }
  Status Write(const std::string& name, Bytes* out) const {
    return AppendTensor(sources_.at(name), shapes_.at(name), out)
        .WithContext("tensor " + Quoted(name));
  }

 private:
  const TransformerSpec& spec() const { return plan_.spec; }
  const TensorNames& names() const { return plan_.tensors.names; }

  void Add(const std::string& name, DType dtype, std::vector<uint64_t> shape,
           TensorSource source);
  // Of n rows of k values.
  void AddMatrix(const std::string& name, uint64_t n, uint64_t k,
                 TensorSource source);
  // Names here are without ".weight" and ".bias".
  Status AddLinear(const std::string& to, const std::string& from, uint64_t n,
                   uint64_t k, const RowMap& row = {});
  Status AddNorm(std::string_view to, std::string_view from, uint32_t layer,
                 uint64_t n);
  Status AddHeadNorm(std::string_view to, std::string_view from, uint32_t layer,
                     uint32_t heads);
  Status AddQkv(uint32_t layer);
  Status AddMlp(uint32_t layer);
  Status AddLayer(uint32_t layer);
  Status AddEnds();

  DecoderPlan plan_;
  TensorFinder finder_;
  std::optional<DType> dtype_;
  RowPairs pairs_;
  std::map<std::string, GgufShape> shapes_;
  std::map<std::string, TensorSource> sources_;
  QuantizeReport report_;
};

void TensorExporter::Add(const std::string& name, DType dtype,
                         std::vector<uint64_t> shape, TensorSource source) {
  report_.bytes_after += *TensorBytes(dtype, shape);
  for (const TensorView& part : source.parts) {
    report_.weights += part.ElementCount();
    report_.bytes_before += part.bytes.size();
  }
  shapes_[name] = {dtype, std::move(shape)};
  sources_[name] = std::move(source);
}

void TensorExporter::AddValues(const std::string& name,
                               const std::vector<float>& values) {
  const std::span<const uint8_t> bytes = {
      reinterpret_cast<const uint8_t*>(values.data()),
      values.size() * sizeof(float)};
  Add(name, DType::kF32, {values.size()},
      {.parts = {{DType::kF32, {values.size()}, bytes}}});
}

void TensorExporter::AddMatrix(const std::string& name, uint64_t n, uint64_t k,
                               TensorSource source) {
  const DType stored = source.parts[0].dtype;
  DType dtype = dtype_.value_or(stored == DType::kF64 ? DType::kF32 : stored);
  if (k % DTypeBlock(dtype).elements != 0) {
    dtype = DType::kF16;
    report_.halved.push_back(name);
  }
  source.width = k;
  Add(name, dtype, {n, k}, std::move(source));
}

Status TensorExporter::AddLinear(const std::string& to, const std::string& from,
                                 uint64_t n, uint64_t k, const RowMap& row) {
  const bool transposed = plan_.tensors.transposed;
  LENTIL_ASSIGN_OR_RETURN(
      const TensorView weight,
      finder_.Get(from + ".weight", transposed ? std::vector<uint64_t>{k, n}
                                               : std::vector<uint64_t>{n, k}));
  AddMatrix(to + ".weight", n, k,
            {.parts = {weight}, .row = row, .transposed = transposed});
  if (finder_.Find(from + ".bias") == nullptr) return Status();
  LENTIL_ASSIGN_OR_RETURN(const TensorView bias,
                          finder_.Get(from + ".bias", {n}));
  Add(to + ".bias", DType::kF32, {n}, {.parts = {bias}, .row = row});
  return Status();
}

Status TensorExporter::AddNorm(std::string_view to, std::string_view from,
                               uint32_t layer, uint64_t n) {
  if (from.empty()) return Status();
  const std::string name = InLayer(from, layer);
  LENTIL_ASSIGN_OR_RETURN(const TensorView weight,
                          finder_.Get(name + ".weight", {n}));
  Add(InLayer(to, layer) + ".weight", DType::kF32, {n},
      {.parts = {weight}, .shift = spec().norm_plus_one ? 1.0f : 0.0f});
  if (finder_.Find(name + ".bias") == nullptr) return Status();
  LENTIL_ASSIGN_OR_RETURN(const TensorView bias,
                          finder_.Get(name + ".bias", {n}));
  Add(InLayer(to, layer) + ".bias", DType::kF32, {n}, {.parts = {bias}});
  return Status();
}

// One for all heads or for the row, or one of each head, which GGUF stacks.
Status TensorExporter::AddHeadNorm(std::string_view to, std::string_view from,
                                   uint32_t layer, uint32_t heads) {
  if (from.empty() || spec().qk_norm == QkNorm::kNone) return Status();
  const std::string name = InLayer(from, layer);
  const uint64_t head = spec().head_dim;
  if (finder_.Find(name + ".0.weight") == nullptr) {
    return AddNorm(to, from, layer,
                   spec().qk_norm == QkNorm::kRow ? heads * head : head);
  }
  TensorSource source;
  for (uint32_t h = 0; h < heads; ++h) {
    LENTIL_ASSIGN_OR_RETURN(
        const TensorView one,
        finder_.Get(name + "." + std::to_string(h) + ".weight", {head}));
    source.parts.push_back(one);
  }
  Add(InLayer(to, layer) + ".weight", DType::kF32, {heads, head},
      std::move(source));
  return Status();
}

// Queries, keys and values side by side, or each in its own matrix.
Status TensorExporter::AddQkv(uint32_t layer) {
  const TransformerSpec& s = spec();
  const uint64_t q = s.q_dim();
  const uint64_t kv = s.kv_dim();
  const RowMap paired = [pairs = pairs_](uint64_t i) { return pairs.RowAt(i); };
  if (names().qkv.empty()) {
    const RowMap row = pairs_.paired > 0 ? paired : RowMap();
    LENTIL_RETURN_IF_ERROR(AddLinear(InLayer(kGgufNames.q, layer),
                                     InLayer(names().q, layer), q, s.d_model,
                                     row));
    LENTIL_RETURN_IF_ERROR(AddLinear(InLayer(kGgufNames.k, layer),
                                     InLayer(names().k, layer), kv, s.d_model,
                                     row));
    return AddLinear(InLayer(kGgufNames.v, layer), InLayer(names().v, layer),
                     kv, s.d_model);
  }
  const RowMap fused = [=, runs = QkvRunsOf(plan_)](uint64_t i) {
    if (i < q) return runs.q.Row(paired(i));
    if (i < q + kv) return runs.k.Row(paired(i - q));
    return runs.v.Row(i - q - kv);
  };
  return AddLinear(InLayer(kGgufNames.qkv, layer), InLayer(names().qkv, layer),
                   q + 2 * kv, s.d_model, fused);
}

Status TensorExporter::AddMlp(uint32_t layer) {
  const TransformerSpec& s = spec();
  const auto add = [&](std::string_view to, std::string_view from, uint64_t n,
                       uint64_t k) {
    return AddLinear(InLayer(to, layer), InLayer(from, layer), n, k);
  };
  if (!names().gate_up.empty()) {
    LENTIL_RETURN_IF_ERROR(add(kGgufNames.gate_up, names().gate_up,
                               2 * uint64_t{s.d_mlp}, s.d_model));
  } else {
    if (s.gated) {
      LENTIL_RETURN_IF_ERROR(
          add(kGgufNames.gate, names().gate, s.d_mlp, s.d_model));
    }
    LENTIL_RETURN_IF_ERROR(add(kGgufNames.up, names().up, s.d_mlp, s.d_model));
  }
  return add(kGgufNames.down, names().down, s.d_model, s.d_mlp);
}

Status TensorExporter::AddLayer(uint32_t layer) {
  const TransformerSpec& s = spec();
  const auto norm = [&](std::string_view to, std::string_view from) {
    return AddNorm(to, from, layer, s.d_model);
  };
  LENTIL_RETURN_IF_ERROR(norm(kGgufNames.attn_norm, names().attn_norm));
  LENTIL_RETURN_IF_ERROR(
      norm(kGgufNames.attn_post_norm, names().attn_post_norm));
  if (!s.shared_norm) {
    LENTIL_RETURN_IF_ERROR(norm(kGgufNames.mlp_norm, names().mlp_norm));
  }
  LENTIL_RETURN_IF_ERROR(norm(kGgufNames.mlp_post_norm, names().mlp_post_norm));
  LENTIL_RETURN_IF_ERROR(AddQkv(layer));
  LENTIL_RETURN_IF_ERROR(
      AddHeadNorm(kGgufNames.q_norm, names().q_norm, layer, s.heads));
  LENTIL_RETURN_IF_ERROR(
      AddHeadNorm(kGgufNames.k_norm, names().k_norm, layer, s.kv_heads));
  LENTIL_RETURN_IF_ERROR(AddLinear(InLayer(kGgufNames.attn_out, layer),
                                   InLayer(names().attn_out, layer), s.d_model,
                                   s.q_dim()));
  return AddMlp(layer);
}

// Embeddings, positions, the norms outside of layers and the head.
Status TensorExporter::AddEnds() {
  const TransformerSpec& s = spec();
  const std::string embed = std::string(names().embed) + ".weight";
  LENTIL_ASSIGN_OR_RETURN(const TensorView tokens,
                          finder_.Get(embed, {s.vocab, s.d_embed}));
  AddMatrix(std::string(kGgufNames.embed) + ".weight", s.vocab, s.d_embed,
            {.parts = {tokens}});
  if (s.learned_positions) {
    const uint64_t rows = uint64_t{s.max_positions} + s.position_offset;
    LENTIL_ASSIGN_OR_RETURN(
        const TensorView positions,
        finder_.Get(std::string(names().positions) + ".weight",
                    {rows, s.d_model}));
    Add(std::string(kGgufNames.positions) + ".weight", DType::kF32,
        {rows, s.d_model}, {.parts = {positions}, .width = s.d_model});
  }
  LENTIL_RETURN_IF_ERROR(
      AddNorm(kGgufNames.embed_norm, names().embed_norm, 0, s.d_embed));
  LENTIL_RETURN_IF_ERROR(
      AddNorm(kGgufNames.final_norm, names().final_norm, 0, s.d_model));
  plan_.tensors.transposed = false;  // the head never is
  for (const std::string& head :
       {std::string(names().head), std::string("lm_head")}) {
    if (finder_.Find(head + ".weight") == nullptr) continue;
    return AddLinear(std::string(kGgufNames.head), head, s.vocab, s.d_embed);
  }
  if (plan_.tensors.tied) return Status();
  return Corrupt("no tensor " + Quoted(std::string(names().head) + ".weight"));
}

Status TensorExporter::AddAll() {
  for (uint32_t layer = 0; layer < spec().layers.size(); ++layer) {
    LENTIL_RETURN_IF_ERROR(AddLayer(layer));
  }
  LENTIL_RETURN_IF_ERROR(AddEnds());
  return finder_.CheckNothingIsLeft(spec().family);
}

}  // namespace

Result<QuantizeReport> ExportGguf(const Checkpoint& checkpoint,
                                  std::optional<DType> dtype,
                                  const GgufSink& sink) {
  if (checkpoint.gguf() != nullptr) {
    return Status(Code::kUnsupported, "is a GGUF file already");
  }
  LENTIL_ASSIGN_OR_RETURN(DecoderPlan plan, PlanOf(checkpoint, 0));
  LENTIL_ASSIGN_OR_RETURN(const GgufArchitecture architecture,
                          GgufArchitectureOf(plan.spec.family));
  LENTIL_ASSIGN_OR_RETURN(GgufConfig config,
                          WriteGgufConfig(checkpoint, architecture));
  const uint32_t vocab = plan.spec.vocab;
  TensorExporter exporter(checkpoint, std::move(plan), architecture, dtype);
  LENTIL_RETURN_IF_ERROR(exporter.AddAll());
  for (const auto& [name, values] : config.tensors) {
    exporter.AddValues(name, values);
  }
  const DType embeddings =
      exporter.shapes().at(std::string(kGgufNames.embed) + ".weight").dtype;
  config.metadata.SetUint32("general.file_type",
                            GgufFileType(dtype.value_or(embeddings)));
  config.metadata.SetUint32("general.quantization_version", 2);
  LENTIL_RETURN_IF_ERROR(WriteTokenizer(checkpoint, vocab, &config.metadata));

  // As its reader will see it.
  std::map<std::string, TensorView> views;
  for (const auto& [name, shape] : exporter.shapes()) {
    views[name] = {shape.dtype, shape.shape, {}};
  }
  for (const auto& [name, values] : config.tensors) {
    views[name].bytes = {reinterpret_cast<const uint8_t*>(values.data()),
                         values.size() * sizeof(float)};
  }
  const Gguf gguf = Gguf::Of(config.metadata.Values(), std::move(views));
  LENTIL_RETURN_IF_ERROR(CheckSameConfig(checkpoint, gguf));
  LENTIL_RETURN_IF_ERROR(CheckSameTokens(checkpoint, gguf));

  LENTIL_RETURN_IF_ERROR(WriteGguf(
      config.metadata, exporter.shapes(),
      [&](const std::string& name, Bytes* bytes) {
        const Status status = exporter.Write(name, bytes);
        checkpoint.ReleasePages();
        return status;
      },
      sink));
  return exporter.report();
}

}  // namespace lentil

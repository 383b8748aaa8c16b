// SPDX-License-Identifier: Apache-2.0

#include "cli/checkpoint_info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/messages.h"
#include "model/imported/language_model.h"
#include "model/imported/load_transformer.h"
#include "weights/checkpoint.h"

namespace lentil {
namespace {

std::string_view PositionText(const TransformerSpec& spec) {
  if (spec.learned_positions) return "learned";
  if (!spec.alibi.empty()) return "ALiBi";
  return spec.rotary.empty() ? "none" : "rotary";
}

// Those of the layers that have one, smallest first, each once.
std::vector<uint32_t> Windows(const TransformerSpec& spec) {
  std::vector<uint32_t> windows;
  for (const TransformerLayerSpec& layer : spec.layers) {
    if (layer.window > 0) windows.push_back(layer.window);
  }
  std::sort(windows.begin(), windows.end());
  windows.erase(std::unique(windows.begin(), windows.end()), windows.end());
  return windows;
}

}  // namespace

Result<CheckpointInfo> DescribeCheckpoint(const std::string& path) {
  LENTIL_ASSIGN_OR_RETURN(const std::shared_ptr<const Checkpoint> checkpoint,
                          Checkpoint::Open(path));
  LENTIL_ASSIGN_OR_RETURN(const std::shared_ptr<const Transformer> model,
                          LoadTransformer(checkpoint, kMaxContext));
  CheckpointInfo info;
  info.source = path;
  info.bytes = checkpoint->file_bytes();
  info.weights = model->weight_count();
  info.hash = checkpoint->hash();
  info.spec = model->spec();
  for (const auto& [name, tensor] : checkpoint->tensors()) {
    ++info.types[std::string(DTypeName(tensor.dtype))];
  }
  const auto tokenizer = OpenTokenizer(*checkpoint);
  if (tokenizer.ok()) {
    info.tokens = (*tokenizer)->vocab_size();
  } else {
    info.no_tokenizer = tokenizer.status().message();
  }
  return info;
}

std::string InfoText(const CheckpointInfo& info) {
  const TransformerSpec& s = info.spec;
  std::string types;
  for (const auto& [type, count] : info.types) {
    types += fmt::format("{}{} {}", types.empty() ? "" : ", ", count, type);
  }
  const std::vector<uint32_t> windows = Windows(s);
  return fmt::format(
      "source    {}\nbytes     {}\nweights   {}\nhash      {}\nfamily    {}\n"
      "shape     {} layers, width {}, heads {} ({} for keys and values) of {}, "
      "mlp {}\npositions {}, {}\nwindows   {}\ntokens    {}\ntypes     {}\n",
      Printable(info.source), info.bytes, info.weights, HashText(info.hash),
      Printable(s.family), s.layers.size(), s.d_model, s.heads, s.kv_heads,
      s.head_dim, s.d_mlp, s.max_positions, PositionText(s),
      windows.empty() ? "none" : fmt::format("{}", fmt::join(windows, ", ")),
      info.tokens > 0
          ? fmt::format("{} of {}", info.tokens, s.vocab)
          : fmt::format("cannot compress: {}", Printable(info.no_tokenizer)),
      types);
}

std::string InfoJson(const CheckpointInfo& info) {
  const TransformerSpec& s = info.spec;
  nlohmann::ordered_json json = {
      {"source", info.source},
      {"bytes", info.bytes},
      {"weights", info.weights},
      {"hash", HashText(info.hash)},
      {"family", s.family},
      {"layers", s.layers.size()},
      {"d_model", s.d_model},
      {"heads", s.heads},
      {"kv_heads", s.kv_heads},
      {"head_dim", s.head_dim},
      {"d_mlp", s.d_mlp},
      {"vocabulary", s.vocab},
      {"max_positions", s.max_positions},
      {"positions", PositionText(s)},
      {"windows", Windows(s)},
      {"types", info.types},
      {"tokens", info.tokens},
  };
  if (info.tokens == 0) json["no_tokenizer"] = info.no_tokenizer;
  return json.dump(2, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace lentil

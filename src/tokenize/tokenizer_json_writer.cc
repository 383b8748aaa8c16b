// SPDX-License-Identifier: Apache-2.0

#include "tokenize/tokenizer_json_writer.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "tokenize/messages.h"
#include "tokenize/pre_tokenizer.h"

namespace lentil {
namespace {

using Json = nlohmann::ordered_json;

Json PreTokenizerJson(const NamedPreTokenizer& named) {
  Json steps = Json::array();
  for (const SplitRule& rule : named.rules) {
    steps.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", rule.expression}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  }
  steps.push_back({{"type", "ByteLevel"},
                   {"add_prefix_space", false},
                   {"trim_offsets", true},
                   {"use_regex", false}});
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

// Tokens that are not made of others.
Json AddedTokens(const TokenizerParts& parts) {
  Json added = Json::array();
  for (size_t id = 0; id < parts.token_type.size(); ++id) {
    const auto type = static_cast<GgmlTokenType>(parts.token_type[id]);
    const bool is_special = type == GgmlTokenType::kControl;
    if (!is_special && type != GgmlTokenType::kUserDefined) continue;
    added.push_back({{"id", id},
                     {"content", parts.tokens[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", is_special}});
  }
  return added;
}

// By id. The library would look for each among those before it, one by one.
Json VocabularyJson(const std::vector<std::string>& tokens) {
  Json vocab = Json::object();
  auto& members = vocab.get_ref<Json::object_t&>();
  std::set<std::string_view> seen;
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (seen.insert(tokens[id]).second) members.emplace_back(tokens[id], id);
  }
  return vocab;
}

}  // namespace

Result<std::string> WriteTokenizerJson(const TokenizerParts& parts) {
  if (parts.model != "gpt2") return NoSuch("writing of model", parts.model);
  LENTIL_ASSIGN_OR_RETURN(const NamedPreTokenizer named,
                          FindPreTokenizer(parts.pre));
  const Json byte_level = {{"type", "ByteLevel"},
                           {"add_prefix_space", true},
                           {"trim_offsets", true},
                           {"use_regex", true}};
  const Json json = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", AddedTokens(parts)},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", PreTokenizerJson(named)},
                     {"post_processor", nullptr},
                     {"decoder", byte_level},
                     {"model",
                      {{"type", "BPE"},
                       {"dropout", nullptr},
                       {"unk_token", nullptr},
                       {"continuing_subword_prefix", nullptr},
                       {"end_of_word_suffix", nullptr},
                       {"fuse_unk", false},
                       {"byte_fallback", false},
                       {"ignore_merges", named.takes_whole_pieces},
                       {"vocab", VocabularyJson(parts.tokens)},
                       {"merges", parts.merges}}}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lentil

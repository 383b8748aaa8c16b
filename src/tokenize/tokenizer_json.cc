// SPDX-License-Identifier: Apache-2.0
// Reads the components of a tokenizer.json in the order in which text passes
// them, then the vocabulary, whose spelling depends on them.

#include "tokenize/tokenizer_json.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_check.h"
#include "base/messages.h"
#include "tokenize/byte_alphabet.h"
#include "tokenize/messages.h"
#include "tokenize/pattern.h"
#include "tokenize/pre_tokenizer.h"
#include "tokenize/tokenizer_spec.h"

namespace lentil {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 16;
constexpr uint64_t kMaxEvents = 1 << 24;  // a token and a merge have six
constexpr char kSpaceMark[] = "\u2581";

Result<Json> ParseJson(std::string_view text, const std::string& what) {
  const JsonFault fault =
      CheckJson(text, {.depth = kMaxDepth, .events = kMaxEvents});
  if (fault == JsonFault::kDeep) {
    return BadTokenizer(what + " is nested too deeply");
  }
  if (fault != JsonFault::kNone) {
    return BadTokenizer(what + " has too many entries");
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return BadTokenizer(what + " is not a JSON object");
  return json;
}

// A member, or null.
const Json& Member(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto it = object.find(key);
  return it == object.end() ? kNull : *it;
}

// A string, or "" for anything else.
std::string Text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool Flag(const Json& object, const char* key, bool otherwise) {
  const Json& value = Member(object, key);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

// The components of one that may be absent, single or a sequence.
std::vector<const Json*> Components(const Json& component, const char* list) {
  if (component.is_null()) return {};
  if (Text(Member(component, "type")) != "Sequence") return {&component};
  std::vector<const Json*> found;
  for (const Json& part : Member(component, list)) {
    for (const Json* inner : Components(part, list)) found.push_back(inner);
  }
  return found;
}

// An expression that matches `text` alone.
std::string Escaped(const std::string& text) {
  constexpr std::string_view kMarks = "\\^$.[]|()?*+{}#-&~";
  std::string expression;
  for (char c : text) {
    if (kMarks.find(c) != kMarks.npos) expression += '\\';
    expression += c;
  }
  return expression;
}

Result<SplitBehavior> BehaviorOf(const std::string& name) {
  // What is removed cannot be restored: it becomes pieces of its own.
  if (name == "Isolated" || name == "Removed") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  return NoSuch("behavior", name);
}

class SpecReader {
 public:
  // `size` is that of the file, in bytes.
  SpecReader(const Json& json, size_t size)
      : json_(json),
        most_tokens_(
            MostTokens(size, Member(Member(json, "model"), "vocab").size() +
                                 Member(json, "added_tokens").size())) {}

  Result<TokenizerSpec> Read(const Json& config) {
    for (const Json* part :
         Components(Member(json_, "normalizer"), "normalizers")) {
      LENTIL_RETURN_IF_ERROR(ReadNormalizer(*part));
    }
    for (const Json* part :
         Components(Member(json_, "pre_tokenizer"), "pretokenizers")) {
      LENTIL_RETURN_IF_ERROR(ReadPreTokenizer(*part));
      step_before_ = Text(Member(*part, "type"));
    }
    if (spec_.has_space_prefix && !marks_spaces_) {
      return NoSuch("prefix of spaces without a mark", kSpaceMark);
    }
    for (const Json* part : Components(Member(json_, "decoder"), "decoders")) {
      LENTIL_RETURN_IF_ERROR(CheckDecoder(*part));
    }
    spec_.starts_from_bytes = is_byte_level_;
    LENTIL_RETURN_IF_ERROR(ReadModel(Member(json_, "model")));
    LENTIL_RETURN_IF_ERROR(ReadAddedTokens(Member(json_, "added_tokens")));
    LENTIL_RETURN_IF_ERROR(ReadEnds(config));
    return std::move(spec_);
  }

  Result<TokenizerParts> ReadParts(const Json& config);

 private:
  Status ReadNormalizer(const Json& part);
  Status ReadPreTokenizer(const Json& part);
  Status ReadReplace(const Json& part);
  Status ReadByteLevel(const Json& part);
  Status ReadSplit(const Json& part);
  Status ReadMetaspace(const Json& part);
  Status CheckDecoder(const Json& part) const;
  Status ReadModel(const Json& model);
  Status ReadBpe(const Json& model);
  Status ReadUnigram(const Json& model);
  Status ReadMerge(const Json& merge);
  Status ReadAddedTokens(const Json& tokens);
  Status ReadAddedToken(const Json& entry);
  Status ReadEnds(const Json& config);

  void AddRule(std::string expression,
               SplitBehavior behavior = SplitBehavior::kIsolated,
               bool inverted = false) {
    spec_.split.push_back({std::move(expression), behavior, inverted, view_});
  }
  // The bytes that the model's spelling of a token stands for, if any.
  std::optional<std::string> BytesOf(const std::string& spelling) const;
  Token ModelToken(const std::string& spelling, bool has_byte_tokens) const;
  // The token of this id, to be filled; its spelling is remembered.
  Result<Token*> TokenAt(const Json& id, const std::string& spelling);
  GgmlTokenType TypeOf(size_t id) const;
  std::vector<float> ScoresOfMerges() const;
  Result<std::optional<uint32_t>> IdOf(const std::string& content) const;

  const Json& json_;
  const uint64_t most_tokens_;
  TokenizerSpec spec_;
  bool is_byte_level_ = false;
  bool marks_spaces_ = false;           // the model's text has U+2581 for them
  TextView view_ = TextView::kText;     // of the next pre-tokenizer
  std::string step_before_;             // the pre-tokenizer in front of it
  std::vector<std::string> spellings_;  // by id; "" in gaps
  std::vector<std::string> merges_;     // "left right", spelled
};

Status SpecReader::ReadNormalizer(const Json& part) {
  // These change text for good, or leave it as it is.
  constexpr std::string_view kLeftOut[] = {
      "Precompiled", "NFC",          "NFD",   "NFKC",      "NFKD",
      "Nmt",         "StripAccents", "Strip", "Lowercase", "BertNormalizer"};
  const std::string type = Text(Member(part, "type"));
  if (type == "Prepend") {
    if (Text(Member(part, "prepend")) != kSpaceMark) {
      return NoSuch("prefix", Text(Member(part, "prepend")));
    }
    spec_.has_space_prefix = true;
  } else if (type == "Replace") {
    return ReadReplace(part);
  } else if (type == "ByteLevel") {
    if (marks_spaces_) return NoSuch("normalizer behind marked spaces", type);
    is_byte_level_ = true;
    view_ = TextView::kByteAlphabet;
  } else if (std::ranges::find(kLeftOut, type) == std::end(kLeftOut)) {
    return NoSuch("normalizer", type);
  }
  return Status();
}

// Marks spaces, or changes for good what it finds: then texts without that are
// the same. What it puts into every text might be taken out again, though.
Status SpecReader::ReadReplace(const Json& part) {
  const Json& pattern = Member(part, "pattern");
  const std::string text = Text(Member(pattern, "String"));
  const std::string expression =
      text.empty() ? Text(Member(pattern, "Regex")) : Escaped(text);
  LENTIL_ASSIGN_OR_RETURN(const Pattern found, Pattern::Compile(expression));
  const std::string_view sample = "x x\nx";
  PatternSearch search(sample.size());
  const Pattern::Match match = found.Find(AsBytes(sample), 0, &search);
  if (match.begin == match.end && match.end < sample.size()) {
    return NoSuch("Replace of", expression);
  }
  if (match.begin == 1 && match.end == 2 && !is_byte_level_ &&
      Text(Member(part, "content")) == kSpaceMark) {
    marks_spaces_ = true;
    view_ = TextView::kMarkedSpaces;
  }
  return Status();
}

Status SpecReader::ReadPreTokenizer(const Json& part) {
  const std::string type = Text(Member(part, "type"));
  if (type == "ByteLevel") return ReadByteLevel(part);
  if (type == "Metaspace") return ReadMetaspace(part);
  if (type == "Split") {
    return ReadSplit(part);
  } else if (type == "Digits") {
    AddRule(Flag(part, "individual_digits", false) ? R"(\p{N})" : R"(\p{N}+)");
  } else if (type == "Punctuation") {
    const std::string behavior = Text(Member(part, "behavior"));
    LENTIL_ASSIGN_OR_RETURN(
        const SplitBehavior found,
        BehaviorOf(behavior.empty() ? "Isolated" : behavior));
    AddRule(R"([\p{P}$+<=>^`|~])", found);
  } else if (type == "Whitespace") {
    AddRule(R"([\w\u200c\u200d]+|[^\w\u200c\u200d\s]+)");
  } else if (type == "WhitespaceSplit") {
    AddRule(R"(\S+)");
  } else {
    return NoSuch("pre-tokenizer", type);
  }
  return Status();
}

Status SpecReader::ReadByteLevel(const Json& part) {
  if (view_ != TextView::kText) {
    return NoSuch("pre-tokenizer behind marked spaces or bytes", "ByteLevel");
  }
  is_byte_level_ = true;
  if (Flag(part, "use_regex", true)) spec_.split.push_back(Gpt2Rule());
  view_ = TextView::kByteAlphabet;
  return Status();
}

// Puts a mark in front of each piece. Where text was cut before, only words
// between single spaces come back from that.
Status SpecReader::ReadMetaspace(const Json& part) {
  if (is_byte_level_) {
    return NoSuch("pre-tokenizer behind bytes", "Metaspace");
  }
  const std::string mark = Text(Member(part, "replacement"));
  if (mark != kSpaceMark) return NoSuch("mark of spaces", mark);
  const std::string scheme = Text(Member(part, "prepend_scheme"));
  const bool has_prefix =
      scheme.empty() ? Flag(part, "add_prefix_space", true) : scheme != "never";
  spec_.has_space_prefix |= has_prefix;
  marks_spaces_ = true;
  const bool has_words = view_ == TextView::kText && spec_.split.size() == 1 &&
                         step_before_ == "WhitespaceSplit";
  if (has_words) {
    spec_.split[0].expression = R"( ?\S+)";
  } else if (has_prefix && !step_before_.empty()) {
    return NoSuch("pre-tokenizer before Metaspace", step_before_);
  } else if (Flag(part, "split", true)) {
    AddRule(view_ == TextView::kText ? " " : kSpaceMark,
            SplitBehavior::kMergedWithNext);
  }
  view_ = TextView::kMarkedSpaces;
  return Status();
}

// What a decoder undoes must be what is known to be done.
Status SpecReader::CheckDecoder(const Json& part) const {
  constexpr std::string_view kHarmless[] = {"ByteFallback", "Fuse", "Strip"};
  const std::string type = Text(Member(part, "type"));
  if (type == "ByteLevel") {
    return is_byte_level_ ? Status() : NoSuch("decoder without bytes", type);
  }
  if (type == "Metaspace") {
    const std::string mark = Text(Member(part, "replacement"));
    return mark == kSpaceMark ? Status() : NoSuch("mark of spaces", mark);
  }
  if (type == "Replace") {
    const std::string text = Text(Member(Member(part, "pattern"), "String"));
    if (text == kSpaceMark && Text(Member(part, "content")) == " ") {
      return Status();
    }
    return NoSuch(
        "decoder Replace of",
        text.empty() ? Text(Member(Member(part, "pattern"), "Regex")) : text);
  }
  if (std::ranges::find(kHarmless, type) == std::end(kHarmless)) {
    return NoSuch("decoder", type);
  }
  return Status();
}

Status SpecReader::ReadSplit(const Json& part) {
  LENTIL_ASSIGN_OR_RETURN(const SplitBehavior behavior,
                          BehaviorOf(Text(Member(part, "behavior"))));
  const Json& pattern = Member(part, "pattern");
  std::string expression = Text(Member(pattern, "Regex"));
  const std::string text = Text(Member(pattern, "String"));
  if (expression.empty() == text.empty()) {
    return BadTokenizer("a Split has no pattern");
  }
  if (view_ == TextView::kMarkedSpaces && text.find(' ') != text.npos) {
    return Status();  // there are none
  }
  if (!text.empty()) expression = Escaped(text);
  AddRule(std::move(expression), behavior, Flag(part, "invert", false));
  return Status();
}

std::optional<std::string> SpecReader::BytesOf(
    const std::string& spelling) const {
  if (is_byte_level_) return BytesOfSpelling(spelling);
  if (!marks_spaces_) return spelling;
  if (spelling.find(' ') != spelling.npos) return std::nullopt;
  return UnmarkSpaces(spelling);
}

Token SpecReader::ModelToken(const std::string& spelling,
                             bool has_byte_tokens) const {
  if (has_byte_tokens) {
    if (const auto byte = ByteOfSpelling(spelling)) {
      return {std::string(1, static_cast<char>(*byte)), TokenKind::kByte};
    }
  }
  if (auto bytes = BytesOf(spelling)) return {*std::move(bytes)};
  return {spelling, TokenKind::kDecodeOnly};
}

// The token of this id, after which there may be gaps: tokens without bytes.
Result<Token*> SpecReader::TokenAt(const Json& id,
                                   const std::string& spelling) {
  if (!id.is_number_unsigned() || id.get<uint64_t>() >= most_tokens_) {
    return BadTokenizer("the id of a token is out of range");
  }
  const auto index = id.get<size_t>();
  if (index >= spec_.tokens.size()) {
    spec_.tokens.resize(index + 1, {"", TokenKind::kControl});
  }
  spellings_.resize(spec_.tokens.size());
  spellings_[index] = spelling;
  return &spec_.tokens[index];
}

Status SpecReader::ReadModel(const Json& model) {
  std::string type = Text(Member(model, "type"));
  if (type.empty()) type = Member(model, "merges").is_null() ? "" : "BPE";
  if (type == "BPE") return ReadBpe(model);
  if (type == "Unigram") return ReadUnigram(model);
  return NoSuch("model", type);
}

Status SpecReader::ReadBpe(const Json& model) {
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!Text(Member(model, key)).empty()) return NoSuch("option", key);
  }
  spec_.model = TokenModel::kListedMerges;
  spec_.takes_whole_pieces = Flag(model, "ignore_merges", false);
  const bool has_byte_tokens = Flag(model, "byte_fallback", false);
  if (!Member(model, "vocab").is_object()) {
    return BadTokenizer("the model has no vocabulary");
  }
  for (const auto& [spelling, id] : Member(model, "vocab").items()) {
    LENTIL_ASSIGN_OR_RETURN(Token* const token, TokenAt(id, spelling));
    *token = ModelToken(spelling, has_byte_tokens);
  }
  for (const Json& merge : Member(model, "merges")) {
    LENTIL_RETURN_IF_ERROR(ReadMerge(merge));
  }
  return Status();
}

// "left right" or ["left", "right"].
Status SpecReader::ReadMerge(const Json& merge) {
  std::string left;
  std::string right;
  if (merge.is_array() && merge.size() == 2) {
    left = Text(merge[0]);
    right = Text(merge[1]);
  } else if (merge.is_string()) {
    const std::string both = Text(merge);
    const size_t space = both.find(' ');
    left = both.substr(0, space);
    if (space != both.npos) right = both.substr(space + 1);
  }
  const auto left_bytes = BytesOf(left);
  const auto right_bytes = BytesOf(right);
  if (left.empty() || right.empty() || !left_bytes || !right_bytes) {
    return BadTokenizer("merge " + std::to_string(spec_.merges.size()) +
                        " is not two tokens");
  }
  spec_.merges.emplace_back(*left_bytes, *right_bytes);
  merges_.push_back(left + " " + right);
  return Status();
}

Status SpecReader::ReadUnigram(const Json& model) {
  spec_.model = TokenModel::kUnigram;
  const bool has_byte_tokens = Flag(model, "byte_fallback", false);
  for (const Json& entry : Member(model, "vocab")) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
        !entry[1].is_number()) {
      return BadTokenizer("token " + std::to_string(spec_.tokens.size()) +
                          " is not a piece and its score");
    }
    spec_.tokens.push_back(ModelToken(Text(entry[0]), has_byte_tokens));
    spellings_.push_back(Text(entry[0]));
    spec_.tokens.back().score = entry[1].get<double>();
  }
  if (Member(model, "unk_id").is_null()) return Status();
  const Json& id = Member(model, "unk_id");
  const bool is_listed =
      id.is_number_unsigned() && id.get<uint64_t>() < spellings_.size();
  LENTIL_ASSIGN_OR_RETURN(
      Token* const unknown,
      TokenAt(id, is_listed ? spellings_[id.get<size_t>()] : "<unk>"));
  *unknown = {"", TokenKind::kControl};
  return Status();
}

Status SpecReader::ReadAddedTokens(const Json& tokens) {
  for (const Json& entry : tokens) {
    LENTIL_RETURN_IF_ERROR(ReadAddedToken(entry));
  }
  return Status();
}

Status SpecReader::ReadAddedToken(const Json& entry) {
  const std::string content = Text(Member(entry, "content"));
  LENTIL_ASSIGN_OR_RETURN(Token* const token,
                          TokenAt(Member(entry, "id"), content));
  if (Flag(entry, "special", false)) {
    *token = {"", TokenKind::kControl};
    return Status();
  }
  const std::string bytes = marks_spaces_ ? UnmarkSpaces(content) : content;
  if (token->kind == TokenKind::kControl) {  // not one of the model's
    *token = {bytes, TokenKind::kDecodeOnly};
  }
  // A mark that is looked for in texts as they are is no space.
  token->is_literal = token->bytes == bytes &&
                      !Flag(entry, "single_word", false) &&
                      (bytes == content || Flag(entry, "normalized", false));
  return Status();
}

Result<std::optional<uint32_t>> SpecReader::IdOf(
    const std::string& content) const {
  if (content.empty()) return std::optional<uint32_t>();
  for (const Json& entry : Member(json_, "added_tokens")) {
    if (Text(Member(entry, "content")) == content) {
      return std::optional(Member(entry, "id").get<uint32_t>());
    }
  }
  const Json& id =
      Member(Member(Member(json_, "model"), "vocab"), content.c_str());
  if (id.is_number_unsigned()) return std::optional(id.get<uint32_t>());
  return BadTokenizer("there is no token " + Quoted(content));
}

// The special token that a post-processor puts in front of a text, or "".
std::string TemplateStart(const Json& processor) {
  for (const Json* part : Components(processor, "processors")) {
    const Json& single = Member(*part, "single");
    if (!single.is_array() || single.empty()) continue;
    const Json& special = Member(single[0], "SpecialToken");
    if (!special.is_null()) return Text(Member(special, "id"));
  }
  return "";
}

Status SpecReader::ReadEnds(const Json& config) {
  const auto token = [&config](const char* key) {
    const Json& value = Member(config, key);  // "</s>" or {"content": "</s>"}
    return Text(value.is_object() ? Member(value, "content") : value);
  };
  const std::string start = TemplateStart(Member(json_, "post_processor"));
  if (Flag(config, "add_bos_token", !start.empty())) {
    const std::string named = token("bos_token");
    LENTIL_ASSIGN_OR_RETURN(spec_.bos, IdOf(named.empty() ? start : named));
  }
  LENTIL_ASSIGN_OR_RETURN(spec_.eos, IdOf(token("eos_token")));
  return Status();
}

// A token that is found by its bytes, or that no text is encoded with, is no
// more than that in GGUF.
GgmlTokenType SpecReader::TypeOf(size_t id) const {
  const Token& token = spec_.tokens[id];
  const Json& model = Member(json_, "model");
  switch (token.kind) {
    case TokenKind::kByte:
      return GgmlTokenType::kByte;
    case TokenKind::kControl:
      if (spellings_[id].empty()) return GgmlTokenType::kUnused;
      return spellings_[id] == Text(Member(model, "unk_token")) ||
                     Member(model, "unk_id") == id
                 ? GgmlTokenType::kUnknown
                 : GgmlTokenType::kControl;
    case TokenKind::kNormal:
      return token.is_literal ? GgmlTokenType::kUserDefined
                              : GgmlTokenType::kNormal;
    case TokenKind::kDecodeOnly:
      break;
  }
  if (token.is_literal) return GgmlTokenType::kUserDefined;
  // One that the model cannot spell is not found by GGUF's readers either.
  return BytesOf(spellings_[id]) ? GgmlTokenType::kUnused
                                 : GgmlTokenType::kNormal;
}

// Of two tokens that could be made the one that is listed first is better.
std::vector<float> SpecReader::ScoresOfMerges() const {
  std::map<std::string, size_t> ranks;
  for (size_t rank = 0; rank < spec_.merges.size(); ++rank) {
    ranks.emplace(spec_.merges[rank].first + spec_.merges[rank].second, rank);
  }
  std::vector<float> scores;
  for (const Token& token : spec_.tokens) {
    const auto rank = ranks.find(token.bytes);
    scores.push_back(
        -static_cast<float>(rank == ranks.end() ? ranks.size() : rank->second));
  }
  return scores;
}

Result<TokenizerParts> SpecReader::ReadParts(const Json& config) {
  LENTIL_ASSIGN_OR_RETURN(spec_, Read(config));
  TokenizerParts parts;
  const bool is_unigram = spec_.model == TokenModel::kUnigram;
  const bool is_known = is_byte_level_
                            ? !is_unigram && !spec_.has_space_prefix
                            : marks_spaces_ && !spec_.takes_whole_pieces;
  if (!is_known) {
    return NoSuch("in GGUF this kind of model", is_unigram ? "Unigram" : "BPE");
  }
  for (size_t id = 0; id < spec_.tokens.size(); ++id) {
    const std::string& spelling = spellings_[id];
    parts.tokens.push_back(spelling.empty() ? "[PAD" + std::to_string(id) + "]"
                                            : spelling);
    parts.token_type.push_back(static_cast<int32_t>(TypeOf(id)));
  }
  if (is_byte_level_) {
    parts.model = "gpt2";
    parts.merges = merges_;
    LENTIL_ASSIGN_OR_RETURN(
        parts.pre, NameOfPreTokenizer(spec_.split, spec_.takes_whole_pieces));
  } else if (is_unigram) {
    parts.model = "t5";
    for (const Token& token : spec_.tokens) {
      parts.scores.push_back(static_cast<float>(token.score));
    }
  } else {
    parts.model = "llama";
    parts.scores = ScoresOfMerges();
  }
  if (!is_byte_level_) parts.add_space_prefix = spec_.has_space_prefix;
  parts.add_bos_token = spec_.bos.has_value();
  parts.bos_token_id = spec_.bos;
  parts.eos_token_id = spec_.eos;
  return parts;
}

// tokenizer_config.json, or null if there is none.
Result<Json> ParseConfig(std::string_view config) {
  if (config.empty()) return Json();
  return ParseJson(config, "tokenizer_config.json");
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> TokenizerFromJson(
    std::string_view json, std::string_view config) {
  LENTIL_ASSIGN_OR_RETURN(const Json tokenizer,
                          ParseJson(json, "tokenizer.json"));
  LENTIL_ASSIGN_OR_RETURN(const Json options, ParseConfig(config));
  LENTIL_ASSIGN_OR_RETURN(TokenizerSpec spec,
                          SpecReader(tokenizer, json.size()).Read(options));
  return BuildTokenizer(std::move(spec));
}

Result<TokenizerParts> PartsFromJson(std::string_view json,
                                     std::string_view config) {
  LENTIL_ASSIGN_OR_RETURN(const Json tokenizer,
                          ParseJson(json, "tokenizer.json"));
  LENTIL_ASSIGN_OR_RETURN(const Json options, ParseConfig(config));
  return SpecReader(tokenizer, json.size()).ReadParts(options);
}

}  // namespace lentil

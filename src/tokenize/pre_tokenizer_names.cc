// SPDX-License-Identifier: Apache-2.0
// Pre-tokenizers by name: which expressions stand behind tokenizer.ggml.pre.

#include "base/messages.h"
#include "tokenize/messages.h"
#include "tokenize/pre_tokenizer.h"
#include "tokenize/sample_texts.h"

namespace lentil {
namespace {

#define LENTIL_CONTRACTIONS \
  "'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])"
// What follows words and numbers in the expressions since cl100k.
#define LENTIL_REST R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"
#define LENTIL_MARKS R"(| ?[^\s\p{L}\p{N}]+[\r\n]*)"

constexpr char kGpt2[] =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr char kLlama3[] = LENTIL_CONTRACTIONS
    R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})" LENTIL_MARKS LENTIL_REST;
constexpr char kQwen2[] = LENTIL_CONTRACTIONS
    R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})" LENTIL_MARKS LENTIL_REST;
constexpr char kQwen35[] = LENTIL_CONTRACTIONS
    R"(|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*)" LENTIL_REST;

// Words in which lower case follows upper case.
#define LENTIL_UPPER R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"
#define LENTIL_LOWER R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])"
#define LENTIL_CASED(tail)                                       \
  R"([^\r\n\p{L}\p{N}]?)" LENTIL_UPPER "*" LENTIL_LOWER "+" tail \
  R"(|[^\r\n\p{L}\p{N}]?)" LENTIL_UPPER "+" LENTIL_LOWER "*" tail
constexpr char kTekken[] =
    LENTIL_CASED("") R"(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" LENTIL_REST;
constexpr char kGpt4o[] = LENTIL_CASED(
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)?") R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" LENTIL_REST;

constexpr char kDigit[] = R"(\p{N})";
constexpr char kThreeDigits[] = "[0-9][0-9][0-9]";
constexpr char kBloom[] =
    " ?[^(\\s|.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4"
    "\u060c)]+";
constexpr char kDeepSeekCjk[] = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7a3]+";
constexpr char kDeepSeek3Cjk[] = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+";
constexpr char kDeepSeek3[] =
    R"re([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)re"
    R"(|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*)" LENTIL_REST;

struct Row {
  const char* names;  // between spaces
  std::vector<const char*> expressions;
  bool takes_whole_pieces = false;
  bool adds_bos = false;
};

const std::vector<Row>& Rows() {
  static const auto* const rows = new std::vector<Row>{
      {" default ",
       {R"([\p{P}\$\+<=>\^~\|]+)", kGpt2, R"(\p{N}+)", kThreeDigits}},
      {" gpt-2 phi-2 mpt olmo jais trillion granite-docling modern-bert ",
       {kGpt2}},
      {" llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 ",
       {kLlama3},
       true,
       true},
      {" dbrx smaug-bpe chatglm-bpe glm4 ", {kLlama3}},
      {" qwen2 stablelm2 hunyuan solar-open deepseek-r1-qwen megrez ",
       {kQwen2}},
      {" qwen35 ", {kQwen35}},
      {" smollm starcoder refact command-r codeshell exaone minerva-7b ",
       {kDigit, kGpt2}},
      {" falcon ", {R"([\p{P}\$\+<=>\^~\|`]+)", kGpt2, kThreeDigits}},
      {" tekken ", {kTekken}, true, true},
      {" gpt-4o llama4 ", {kGpt4o}},
      {" bloom poro-chat gpt3-finnish ", {kBloom}},
      {" viking ", {kBloom, kDigit}},
      {" deepseek-coder ",
       {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", kDeepSeekCjk, kDigit}},
      {" deepseek-v3 ", {R"(\p{N}{1,3})", kDeepSeek3Cjk, kDeepSeek3}},
  };
  return *rows;
}

std::string FirstName(const Row& row) {
  const std::string_view names = row.names;
  return std::string(names.substr(1, names.find(' ', 1) - 1));
}

// Sizes of the pieces of all samples, one behind the other.
Result<std::vector<size_t>> CutSamples(const std::vector<SplitRule>& rules) {
  LENTIL_ASSIGN_OR_RETURN(const PreTokenizer pre, PreTokenizer::Create(rules));
  std::vector<size_t> sizes;
  for (const std::string_view text : SampleTexts()) {
    PatternSearch search(text.size());
    pre.Split(AsBytes(text), &search,
              [&](ByteSpan piece) { sizes.push_back(piece.size()); });
  }
  return sizes;
}

}  // namespace

SplitRule Gpt2Rule() { return {.expression = kGpt2}; }

Result<NamedPreTokenizer> FindPreTokenizer(std::string_view name) {
  const std::string key = " " + std::string(name) + " ";
  for (const Row& row : Rows()) {
    if (name.find(' ') != name.npos) break;
    if (std::string_view(row.names).find(key) == std::string_view::npos) {
      continue;
    }
    NamedPreTokenizer found = {{}, row.takes_whole_pieces, row.adds_bos};
    for (const char* expression : row.expressions) {
      found.rules.push_back({.expression = expression});
    }
    return found;
  }
  return NoSuch("pre-tokenizer", name);
}

Result<std::string> NameOfPreTokenizer(const std::vector<SplitRule>& rules,
                                       bool takes_whole_pieces) {
  LENTIL_ASSIGN_OR_RETURN(const std::vector<size_t> cuts, CutSamples(rules));
  for (const Row& row : Rows()) {
    if (row.takes_whole_pieces != takes_whole_pieces) continue;
    const std::string name = FirstName(row);
    LENTIL_ASSIGN_OR_RETURN(const NamedPreTokenizer named,
                            FindPreTokenizer(name));
    LENTIL_ASSIGN_OR_RETURN(const std::vector<size_t> its_cuts,
                            CutSamples(named.rules));
    if (its_cuts == cuts) return name;
  }
  return Status(Code::kUnsupported,
                "tokenizer: no pre-tokenizer of GGUF cuts text as " +
                    (rules.empty() ? "none" : Quoted(rules[0].expression)) +
                    " does");
}

}  // namespace lentil

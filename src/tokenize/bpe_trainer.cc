// SPDX-License-Identifier: Apache-2.0
// Each different piece of the text is kept once, with its number. Of every pair
// of neighbouring symbols the number of occurrences is known, and the pieces
// that may have it; a merge visits those alone. The heap's counts may be too
// high: a pair whose count has fallen goes back when it is taken.

#include "tokenize/bpe_trainer.h"

#include <algorithm>
#include <queue>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tokenize/byte_alphabet.h"
#include "tokenize/pre_tokenizer.h"
#include "tokenize/utf8.h"

namespace lentil {
namespace {

constexpr size_t kMaxWord = 256;  // longer pieces are cut
constexpr uint64_t kFewest = 2;   // occurrences of a pair that is merged

struct Word {
  std::vector<uint32_t> symbols;
  uint64_t count = 0;
};

using PairKey = uint64_t;

PairKey Key(uint32_t left, uint32_t right) {
  return PairKey{left} << 32 | right;
}

struct PairUse {
  uint64_t count = 0;
  std::vector<uint32_t> words;  // that have or had it, some twice
};

struct Candidate {
  uint64_t count;
  PairKey key;

  // The heap's top is the greatest.
  bool operator<(const Candidate& other) const {
    return std::tie(count, other.key) < std::tie(other.count, key);
  }
};

Result<std::vector<Word>> CountWords(ByteSpan text, const std::string& pre) {
  LENTIL_ASSIGN_OR_RETURN(const NamedPreTokenizer named, FindPreTokenizer(pre));
  LENTIL_ASSIGN_OR_RETURN(const PreTokenizer pre_tokenizer,
                          PreTokenizer::Create(named.rules));
  std::unordered_map<std::string_view, uint64_t> counts;
  PatternSearch search(text.size());
  pre_tokenizer.Split(text, &search, [&counts](ByteSpan piece) {
    for (size_t at = 0; at < piece.size(); at += kMaxWord) {
      const size_t size = std::min(kMaxWord, piece.size() - at);
      ++counts[AsText(piece.subspan(at, size))];
    }
  });
  std::vector<std::pair<std::string_view, uint64_t>> sorted(counts.begin(),
                                                            counts.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<Word> words;
  for (const auto& [word, count] : sorted) {
    const ByteSpan bytes = AsBytes(word);
    words.push_back({{bytes.begin(), bytes.end()}, count});
  }
  return words;
}

class Trainer {
 public:
  explicit Trainer(std::vector<Word> words) : words_(std::move(words)) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const auto value = static_cast<uint8_t>(byte);
      tokens_.push_back(SpellBytes({&value, 1}));
      ids_.emplace(tokens_.back(), byte);
    }
    for (uint32_t i = 0; i < words_.size(); ++i) {
      const auto& [symbols, count] = words_[i];
      for (size_t at = 0; at + 1 < symbols.size(); ++at) {
        Add(Key(symbols[at], symbols[at + 1]), count, i);
      }
    }
    for (const auto& [key, use] : pairs_) queue_.push({use.count, key});
  }

  void Train(uint32_t vocab_size) {
    while (tokens_.size() < vocab_size && !queue_.empty()) {
      const auto [count, key] = queue_.top();
      queue_.pop();
      const uint64_t now = pairs_[key].count;
      if (count < kFewest) break;
      if (now == count) {
        Merge(key);
      } else if (now > 0) {
        queue_.push({now, key});
      }
    }
  }

  TokenizerParts Parts(const std::string& pre) && {
    TokenizerParts parts;
    parts.model = "gpt2";
    parts.pre = pre;
    parts.tokens = std::move(tokens_);
    parts.merges = std::move(merges_);
    parts.add_bos_token = false;
    return parts;
  }

 private:
  void Add(PairKey key, uint64_t count, uint32_t word) {
    PairUse& use = pairs_[key];
    use.count += count;
    if (use.words.empty() || use.words.back() != word) {
      use.words.push_back(word);
    }
  }

  void Merge(PairKey key) {
    const auto left = static_cast<uint32_t>(key >> 32);
    const auto right = static_cast<uint32_t>(key);
    const std::string spelling = tokens_[left] + tokens_[right];
    const auto [entry, is_new] =
        ids_.emplace(spelling, static_cast<uint32_t>(tokens_.size()));
    merges_.push_back(tokens_[left] + " " + tokens_[right]);
    if (is_new) tokens_.push_back(spelling);

    const std::vector<uint32_t> words = std::move(pairs_[key].words);
    std::vector<PairKey> grown;
    for (uint32_t word : words) {
      MergeInWord(word, left, right, entry->second, &grown);
    }
    pairs_.erase(key);
    std::sort(grown.begin(), grown.end());
    grown.erase(std::unique(grown.begin(), grown.end()), grown.end());
    for (PairKey pair : grown) {
      if (pair != key) queue_.push({pairs_[pair].count, pair});
    }
  }

  void MergeInWord(uint32_t word, uint32_t left, uint32_t right,
                   uint32_t merged, std::vector<PairKey>* grown) {
    auto& [symbols, count] = words_[word];
    const auto replace = [&, count = count](PairKey before, PairKey after) {
      pairs_[before].count -= count;
      Add(after, count, word);
      grown->push_back(after);
    };
    size_t out = 0;
    for (size_t at = 0; at < symbols.size(); ++at) {
      if (symbols[at] != left || at + 1 == symbols.size() ||
          symbols[at + 1] != right) {
        symbols[out++] = symbols[at];
        continue;
      }
      if (out > 0) {
        replace(Key(symbols[out - 1], left), Key(symbols[out - 1], merged));
      }
      if (at + 2 < symbols.size()) {
        replace(Key(right, symbols[at + 2]), Key(merged, symbols[at + 2]));
      }
      symbols[out++] = merged;
      ++at;
    }
    symbols.resize(out);
  }

  std::vector<Word> words_;
  std::vector<std::string> tokens_;
  std::vector<std::string> merges_;
  std::unordered_map<std::string, uint32_t> ids_;
  std::unordered_map<PairKey, PairUse> pairs_;
  std::priority_queue<Candidate> queue_;
};

}  // namespace

Result<TokenizerParts> TrainBpe(std::span<const uint8_t> text,
                                const BpeTrainerOptions& options) {
  if (options.vocab_size < 256 || options.vocab_size > kMaxTrainedVocab) {
    return Status(Code::kInvalidArgument, "vocabulary size is out of range");
  }
  LENTIL_ASSIGN_OR_RETURN(std::vector<Word> words,
                          CountWords(text, options.pre));
  Trainer trainer(std::move(words));
  trainer.Train(options.vocab_size);
  return std::move(trainer).Parts(options.pre);
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// One pass over the expression. PCRE2 has no sets within sets, so a class
// becomes brackets where it can and alternatives and lookaheads where not.

#include "tokenize/expression.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <vector>

#include "tokenize/utf8.h"

namespace lentil {
namespace {

constexpr int kMaxNesting = 16;  // of classes
constexpr char kAnything[] = "(?s:.)";

// Within brackets. PCRE2's own \s has U+180E too, and its \w other marks and
// numbers, which also changed over its versions.
#define LENTIL_SPACE                                                       \
  R"(\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f})" \
  R"(\x{205f}\x{3000})"
#define LENTIL_WORD                                                     \
  R"(\p{L}\p{M}\p{Nl}\p{Nd}\p{Pc}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149})" \
  R"(\x{1f150}-\x{1f169}\x{1f170}-\x{1f189})"
// Outside brackets Oniguruma's \w has the numbers of Latin-1 as well.
#define LENTIL_LONE_WORD LENTIL_WORD R"(\x{b2}\x{b3}\x{b9}\x{bc}-\x{be})"
#define LENTIL_EDGE(before, behind)                              \
  "(?:(?<=[" LENTIL_LONE_WORD "])(?" before "[" LENTIL_LONE_WORD \
  "])|"                                                          \
  "(?<![" LENTIL_LONE_WORD "])(?" behind "[" LENTIL_LONE_WORD "]))"

// Sets by name, as [:name:] and mostly \p{name}, in small letters.
struct NamedSet {
  std::string_view name;
  std::string_view items;       // within brackets
  std::string_view complement;  // likewise, if it can be said there
  bool is_property = true;
};
constexpr NamedSet kSets[] = {
    {"space", LENTIL_SPACE, R"(\S\x{180e})"},
    {"word", LENTIL_WORD, "", false},
    {"digit", R"(\p{Nd})", R"(\P{Nd})"},
    {"xdigit", "0-9A-Fa-f", ""},
    {"alpha", R"(\p{Alphabetic})", R"(\P{Alphabetic})"},
    {"alnum", R"(\p{Alphabetic}\p{Nd})", ""},
    {"upper", R"(\p{Uppercase})", R"(\P{Uppercase})"},
    {"lower", R"(\p{Lowercase})", R"(\P{Lowercase})"},
    {"punct", R"(\p{P}\p{S})", "", false},
    {"ascii", R"(\x{0}-\x{7f})", R"(\x{80}-\x{10ffff})"},
    {"any", R"(\x{0}-\x{10ffff})", ""},
    {"letter", R"(\p{L})", R"(\P{L})"},
    {"mark", R"(\p{M})", R"(\P{M})"},
    {"number", R"(\p{N})", R"(\P{N})"},
    {"punctuation", R"(\p{P})", R"(\P{P})"},
    {"symbol", R"(\p{S})", R"(\P{S})"},
    {"separator", R"(\p{Z})", R"(\P{Z})"},
};

// General categories, of which one letter is a group.
constexpr std::string_view kCategories =
    " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk "
    "So Z Zs Zl Zp C Cc Cf Cs Co Cn ";

// A set of characters: those in brackets, and those of other expressions, each
// for one character.
struct CharSet {
  std::string items;
  std::vector<std::string> others;
};

std::string Expression(const CharSet& set) {
  if (set.others.empty()) return "[" + set.items + "]";
  if (set.items.empty() && set.others.size() == 1) return set.others[0];
  std::string text = "(?:";
  if (!set.items.empty()) text += "[" + set.items + "]|";
  for (const std::string& other : set.others) text += other + "|";
  text.back() = ')';
  return text;
}

CharSet Complement(const CharSet& set) {
  if (set.others.empty()) return {"", {"[^" + set.items + "]"}};
  return {"", {"(?:(?!" + Expression(set) + ")" + kAnything + ")"}};
}

CharSet Intersection(const CharSet& a, const CharSet& b) {
  return {"", {"(?:(?=" + Expression(a) + ")" + Expression(b) + ")"}};
}

void Add(const CharSet& more, CharSet* set) {
  set->items += more.items;
  set->others.insert(set->others.end(), more.others.begin(), more.others.end());
}

std::string Literal(uint32_t code) {
  if (code < 0x80 && std::isalnum(static_cast<int>(code)) != 0) {
    return {static_cast<char>(code)};
  }
  constexpr char kDigits[] = "0123456789abcdef";
  std::string digits;
  for (; code > 0 || digits.empty(); code >>= 4) digits += kDigits[code & 15];
  std::reverse(digits.begin(), digits.end());
  return "\\x{" + digits + "}";
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : text_(text) {}

  Result<std::string> Rewrite() {
    while (at_ < text_.size()) LENTIL_RETURN_IF_ERROR(ReadPart());
    return std::move(out_);
  }

 private:
  // One character, or a set of them.
  struct Member {
    std::optional<uint32_t> code;
    CharSet set;
  };

  Status ReadPart();
  Status ReadEscape();
  Status ReadGroup();
  Status ReadOptions();
  bool ReadInterval();
  Status AddQuantifier(std::string_view quantifier);
  Result<CharSet> ReadClass(int nesting);
  Result<Member> ReadMember();
  Result<Member> ReadEscapedMember();
  Result<CharSet> ReadPosixSet();
  Result<CharSet> ReadProperty();
  Result<uint32_t> ReadNumber(int base, size_t most_digits);

  Status Fail(const std::string& what) const {
    return {Code::kUnsupported, "regular expression: " + what + " at offset " +
                                    std::to_string(at_)};
  }
  bool Take(std::string_view next) {
    if (!text_.substr(at_).starts_with(next)) return false;
    at_ += next.size();
    return true;
  }
  bool IsNext(std::string_view next) const {
    return text_.substr(at_).starts_with(next);
  }
  char Peek(size_t ahead = 0) const {  // 0 behind the end
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void AddAtom(std::string_view atom) {
    atom_ = out_.size();
    has_quantifier_ = false;
    out_ += atom;
  }
  void AddEdge(std::string_view edge) {
    AddAtom(edge);
    atom_ = std::string::npos;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string out_;
  size_t atom_ = std::string::npos;  // where out_ has what a quantifier repeats
  bool has_quantifier_ = false;      // it has one
  std::vector<size_t> groups_;       // where out_ has those that are open
};

Status Rewriter::ReadPart() {
  switch (text_[at_]) {
    case '\\':
      return ReadEscape();
    case '(':
      return ReadGroup();
    case ')':
      if (groups_.empty()) return Fail("unmatched parenthesis");
      out_ += ')';
      atom_ = groups_.back();
      has_quantifier_ = false;
      groups_.pop_back();
      ++at_;
      return Status();
    case '[': {
      LENTIL_ASSIGN_OR_RETURN(const CharSet set, ReadClass(0));
      AddAtom(Expression(set));
      return Status();
    }
    case '*':
    case '+':
    case '?': {
      const size_t size = Peek(1) == '?' || Peek(1) == '+' ? 2 : 1;
      at_ += size;
      return AddQuantifier(text_.substr(at_ - size, size));
    }
    case '{': {
      const size_t begin = at_;
      if (!ReadInterval()) {
        at_ = begin + 1;
        AddAtom("\\{");
        return Status();
      }
      std::string interval(text_.substr(begin, at_ - begin));
      if (interval[1] == ',') interval.insert(1, "0");
      // Behind {2}, ? is no mark of reluctance, and + never one of possession.
      if (interval.find(',') != interval.npos && Take("?")) interval += '?';
      return AddQuantifier(interval);
    }
    case '|':
    case '^':
    case '$':
      AddEdge(text_.substr(at_++, 1));
      return Status();
    default: {
      const size_t size = Utf8Step(AsBytes(text_.substr(at_)));
      AddAtom(text_.substr(at_, size));
      at_ += size;
      return Status();
    }
  }
}

// {2}, {2,}, {2,3} or {,3}; other braces are characters.
bool Rewriter::ReadInterval() {
  const size_t begin = ++at_;
  while (IsDigit(Peek())) ++at_;
  bool has_number = at_ > begin;
  if (Take(",")) {
    has_number |= IsDigit(Peek());
    while (IsDigit(Peek())) ++at_;
  }
  return has_number && Take("}");
}

// Oniguruma applies a quantifier to what is quantified already.
Status Rewriter::AddQuantifier(std::string_view quantifier) {
  if (atom_ == std::string::npos) return Fail("nothing to repeat");
  if (has_quantifier_) {
    out_.insert(atom_, "(?:");
    out_ += ')';
  }
  out_ += quantifier;
  has_quantifier_ = true;
  return Status();
}

Status Rewriter::ReadGroup() {
  if (IsNext("(*")) return Fail("callout");
  if (Take("(?#")) {
    const size_t end = text_.find(')', at_);
    if (end == text_.npos) return Fail("comment without an end");
    at_ = end + 1;
    return Status();
  }
  std::string_view kind = "(?:";  // what groups match is not needed
  if (IsNext("(?")) {
    kind = "";
    for (const char* known : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"}) {
      if (kind.empty() && Take(known)) kind = known;
    }
    if (kind.empty() && IsNext("(?<")) {
      const size_t end = text_.find('>', at_);
      if (end == text_.npos) return Fail("group without a name");
      at_ = end + 1;
      kind = "(?:";
    }
    if (kind.empty()) return ReadOptions();
  } else {
    ++at_;
  }
  groups_.push_back(out_.size());
  AddEdge(kind);
  return Status();
}

// (?i), (?m-i:…). Here m lets dots match newlines, which PCRE2 calls s. Without
// a colon, options rule the alternatives behind them, too, unlike in PCRE2.
Status Rewriter::ReadOptions() {
  std::string options = "(?";
  for (at_ += 2; Peek() == 'i' || Peek() == 'm' || Peek() == '-'; ++at_) {
    options += Peek() == 'm' ? 's' : Peek();
  }
  if (Take(":")) {
    groups_.push_back(out_.size());
    AddEdge(options + ":");
    return Status();
  }
  if (!out_.empty() || !Take(")")) return Fail("unknown kind of group");
  AddEdge(options + ")");
  return Status();
}

Status Rewriter::ReadEscape() {
  switch (Peek(1)) {
    case 'b':
    case 'B':
      AddEdge(Peek(1) == 'b' ? LENTIL_EDGE("!", "=") : LENTIL_EDGE("=", "!"));
      at_ += 2;
      return Status();
    case 'w':
    case 'W':
      AddAtom(Peek(1) == 'w' ? "[" LENTIL_LONE_WORD "]"
                             : "[^" LENTIL_LONE_WORD "]");
      at_ += 2;
      return Status();
    case 'A':
    case 'z':
    case 'Z':
    case 'K':
      AddEdge(text_.substr(at_, 2));
      at_ += 2;
      return Status();
    case 'R':
    case 'X':
      AddAtom(text_.substr(at_, 2));
      at_ += 2;
      return Status();
    default: {
      LENTIL_ASSIGN_OR_RETURN(const Member member, ReadEscapedMember());
      AddAtom(member.code ? Literal(*member.code) : Expression(member.set));
      return Status();
    }
  }
}

Result<CharSet> Rewriter::ReadClass(int nesting) {
  if (nesting == kMaxNesting) return Fail("classes are nested too deeply");
  ++at_;
  const bool is_negated = Take("^");
  std::optional<CharSet> before;  // what stands before &&
  CharSet set;
  const auto finish = [&]() -> Status {
    if (set.items.empty() && set.others.empty()) return Fail("empty class");
    if (before) set = Intersection(*before, set);
    return Status();
  };
  if (IsNext("]")) {  // a character, where it is the first
    set.items = Literal(']');
    ++at_;
  }
  while (!Take("]")) {
    if (Take("&&")) {
      LENTIL_RETURN_IF_ERROR(finish());
      before = std::move(set);
      set = {};
    } else if (IsNext("[:")) {
      LENTIL_ASSIGN_OR_RETURN(const CharSet inner, ReadPosixSet());
      Add(inner, &set);
    } else if (IsNext("[")) {
      LENTIL_ASSIGN_OR_RETURN(const CharSet inner, ReadClass(nesting + 1));
      Add(inner, &set);
    } else {
      LENTIL_ASSIGN_OR_RETURN(const Member first, ReadMember());
      Add(first.set, &set);
      if (first.code) set.items += Literal(*first.code);
      if (!first.code || Peek() != '-' || Peek(1) == ']') continue;
      ++at_;
      if (IsNext("[") || IsNext("&&")) return Fail("range without an end");
      LENTIL_ASSIGN_OR_RETURN(const Member last, ReadMember());
      if (!last.code || *last.code < *first.code) return Fail("wrong range");
      set.items += "-" + Literal(*last.code);
    }
  }
  LENTIL_RETURN_IF_ERROR(finish());
  return is_negated ? Complement(set) : set;
}

Result<Rewriter::Member> Rewriter::ReadMember() {
  if (at_ == text_.size()) return Fail("class without an end");
  if (IsNext("\\")) {
    if (Peek(1) == 'b') return at_ += 2, Member{'\b', {}};
    return ReadEscapedMember();
  }
  const Utf8Char c = ReadUtf8(AsBytes(text_.substr(at_)));
  if (c.size == 0) return Fail("no UTF-8");
  at_ += c.size;
  return Member{c.code, {}};
}

// A set by its name, or all but it.
CharSet SetOf(const NamedSet& named, bool is_negated) {
  if (!is_negated) return {std::string(named.items), {}};
  if (!named.complement.empty()) return {std::string(named.complement), {}};
  return Complement({std::string(named.items), {}});
}

const NamedSet* FindSet(std::string_view name) {
  const auto* const found =
      std::ranges::find(kSets, name, [](const NamedSet& s) { return s.name; });
  return found == std::end(kSets) ? nullptr : found;
}

Result<Rewriter::Member> Rewriter::ReadEscapedMember() {
  struct Shorthand {
    char letter;
    std::string_view name;
  };
  constexpr Shorthand kShorthands[] = {
      {'s', "space"}, {'w', "word"}, {'d', "digit"}, {'h', "xdigit"}};
  constexpr std::string_view kControls = "t\tn\nr\rf\fa\ae\x1bv\v";
  const char letter = Peek(1);
  if (letter == 'p' || letter == 'P') {
    LENTIL_ASSIGN_OR_RETURN(CharSet set, ReadProperty());
    return Member{{}, std::move(set)};
  }
  for (const Shorthand& shorthand : kShorthands) {
    const bool is_negated = letter == shorthand.letter + 'A' - 'a';
    if (letter != shorthand.letter && !is_negated) continue;
    at_ += 2;
    return Member{{}, SetOf(*FindSet(shorthand.name), is_negated)};
  }
  for (size_t i = 0; i < kControls.size(); i += 2) {
    if (letter != kControls[i]) continue;
    at_ += 2;
    return Member{static_cast<uint32_t>(kControls[i + 1]), {}};
  }
  uint32_t code = 0;
  if (Take("\\x{")) {
    LENTIL_ASSIGN_OR_RETURN(code, ReadNumber(16, 6));
    if (!Take("}")) return Fail("wrong code of a character");
  } else if (Take("\\x")) {
    LENTIL_ASSIGN_OR_RETURN(code, ReadNumber(16, 2));
    if (code >= 0x80) return Fail("part of a character");
  } else if (Take("\\u")) {
    const size_t begin = at_;
    LENTIL_ASSIGN_OR_RETURN(code, ReadNumber(16, 4));
    if (at_ != begin + 4) return Fail("wrong code of a character");
  } else if (letter == '0') {
    ++at_;
    LENTIL_ASSIGN_OR_RETURN(code, ReadNumber(8, 3));
  } else if (letter == '\0' || std::isalnum(static_cast<uint8_t>(letter))) {
    return Fail("unknown escape");
  } else {
    ++at_;
    const Utf8Char c = ReadUtf8(AsBytes(text_.substr(at_)));
    if (c.size == 0) return Fail("no UTF-8");
    at_ += c.size;
    code = c.code;
  }
  return Member{code, {}};
}

Result<uint32_t> Rewriter::ReadNumber(int base, size_t most_digits) {
  uint32_t number = 0;
  size_t digits = 0;
  for (; digits < most_digits; ++digits, ++at_) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto digit = kDigits.find(
        static_cast<char>(std::tolower(static_cast<uint8_t>(Peek()))));
    if (digit >= static_cast<size_t>(base)) break;
    number =
        number * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
  }
  if (digits == 0) return Fail("wrong code of a character");
  return number;
}

// [:alpha:] or [:^alpha:]
Result<CharSet> Rewriter::ReadPosixSet() {
  const size_t begin = at_;
  at_ += 2;
  const bool is_negated = Take("^");
  const size_t end = std::min(text_.find(":]", at_), text_.size());
  const NamedSet* const named = FindSet(text_.substr(at_, end - at_));
  if (named == nullptr) return at_ = begin, Fail("unknown set");
  at_ = end + 2;
  return SetOf(*named, is_negated);
}

// \p{L}, \p{^L}, \P{L}. Names of scripts mean the script itself: in PCRE2 also
// what scripts share, unless told.
Result<CharSet> Rewriter::ReadProperty() {
  const size_t begin = at_;
  bool is_negated = Peek(1) == 'P';
  at_ += 2;
  if (!Take("{")) return at_ = begin, Fail("property without a name");
  if (Take("^")) is_negated = !is_negated;
  std::string name;
  for (; at_ < text_.size() && Peek() != '}'; ++at_) {
    if (Peek() == ' ' || Peek() == '_' || Peek() == '-') continue;
    if (std::isalpha(static_cast<uint8_t>(Peek())) == 0) {
      return Fail("unknown property");
    }
    name += static_cast<char>(std::tolower(static_cast<uint8_t>(Peek())));
  }
  if (name.empty() || !Take("}")) return Fail("unknown property");
  const NamedSet* const named = FindSet(name);
  if (named != nullptr && named->is_property) return SetOf(*named, is_negated);
  std::string category = name;
  category[0] =
      static_cast<char>(std::toupper(static_cast<uint8_t>(category[0])));
  const bool is_category =
      kCategories.find(" " + category + " ") != kCategories.npos;
  std::string item = is_negated ? "\\P{" : "\\p{";
  item += is_category ? category : "sc:" + name;
  return CharSet{item + "}", {}};
}

}  // namespace

Result<std::string> RewriteExpression(std::string_view expression) {
  return Rewriter(expression).Rewrite();
}

}  // namespace lentil

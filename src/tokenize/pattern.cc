// SPDX-License-Identifier: Apache-2.0
// The only file that knows PCRE2.
//
// A search first sees a window of 256 bytes and takes 1024 steps at most per
// place. Partial matching tells whether anything behind the window could
// matter; then, or if the steps do not suffice, that one place is tried again
// with window and steps grown by 16, and the steps are charged to what the
// whole search may spend. Where nothing is left to spend, nothing matches.

#include "tokenize/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/messages.h"
#include "tokenize/expression.h"

namespace lentil {
namespace {

constexpr size_t kFirstWindow = 256;
constexpr uint64_t kFirstSteps = 1024;
constexpr int kGrowthBits = 4;
constexpr uint64_t kStepsPerByte = 256;     // to be charged
constexpr uint64_t kSpareSteps = 1u << 20;  // so that short texts have some
constexpr size_t kMaxExpression = 1u << 14;
constexpr uint32_t kMaxHeapKib = 64u << 10;

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using CompileContext =
    std::unique_ptr<pcre2_compile_context, Free<pcre2_compile_context_free>>;
using MatchContext =
    std::unique_ptr<pcre2_match_context, Free<pcre2_match_context_free>>;
using MatchData =
    std::unique_ptr<pcre2_match_data, Free<pcre2_match_data_free>>;
using CodePtr = std::unique_ptr<pcre2_code, Free<pcre2_code_free>>;

// The end of a window of about `size` bytes, on the edge of a character.
size_t WindowEnd(ByteSpan text, size_t from, size_t size) {
  if (size >= text.size() - from) return text.size();
  size_t end = from + size;
  while ((text[end] & 0xc0) == 0x80) --end;
  return end;
}

}  // namespace

struct PatternSearch::State {
  MatchContext context{pcre2_match_context_create(nullptr)};
  MatchData data{pcre2_match_data_create(1, nullptr)};
  uint64_t steps_left = 0;
};

PatternSearch::PatternSearch(size_t bytes) : state_(new State) {
  state_->steps_left = kStepsPerByte * bytes + kSpareSteps;
  pcre2_set_heap_limit(state_->context.get(), kMaxHeapKib);
}
PatternSearch::~PatternSearch() = default;

struct Pattern::Compiled {
  CodePtr code;
};

Pattern::Pattern(std::unique_ptr<Compiled> compiled)
    : compiled_(std::move(compiled)) {}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&& other) noexcept = default;

Result<Pattern> Pattern::Compile(std::string_view expression) {
  const auto fail = [](const std::string& why) {
    return Status(Code::kUnsupported, "regular expression: " + why);
  };
  if (expression.size() > kMaxExpression) return fail("too long");
  LENTIL_ASSIGN_OR_RETURN(const std::string rewritten,
                          RewriteExpression(expression));
  const CompileContext context(pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  pcre2_set_bsr(context.get(), PCRE2_BSR_UNICODE);
  int error = 0;
  size_t offset = 0;
  CodePtr compiled(pcre2_compile(
      AsBytes(rewritten).data(), rewritten.size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error,
      &offset, context.get()));
  if (!compiled) {
    PCRE2_UCHAR why[128] = {};
    pcre2_get_error_message(error, why, sizeof(why));
    return fail(std::string(reinterpret_cast<const char*>(why)) + " in " +
                Quoted(expression));
  }
  // Without a compiler for this processor matches are found, but slowly.
  (void)pcre2_jit_compile(compiled.get(),
                          PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
  return Pattern(std::unique_ptr<Pattern::Compiled>(
      new Pattern::Compiled{std::move(compiled)}));
}

Pattern::Match Pattern::Find(ByteSpan text, size_t from,
                             PatternSearch* search) const {
  PatternSearch::State& state = *search->state_;
  const Match none = {text.size(), text.size()};
  size_t* const place = pcre2_get_ovector_pointer(state.data.get());
  int growth = 0;
  while (from < text.size()) {
    const uint64_t steps = kFirstSteps << growth;
    if (growth > 0) {
      if (steps > state.steps_left) return none;
      state.steps_left -= steps;
    }
    const size_t end = WindowEnd(text, from, kFirstWindow << growth);
    uint32_t options = PCRE2_NO_UTF_CHECK;
    if (end < text.size()) options |= PCRE2_PARTIAL_HARD;
    if (growth > 0) options |= PCRE2_ANCHORED | PCRE2_NO_JIT;
    pcre2_set_match_limit(
        state.context.get(),
        static_cast<uint32_t>(std::min<uint64_t>(steps, UINT32_MAX)));
    const int found =
        pcre2_match(compiled_->code.get(), text.data(), end, from, options,
                    state.data.get(), state.context.get());
    if (found >= 0) {
      if (place[0] < from || place[0] > place[1]) return none;  // \K
      return {place[0], place[1]};
    }
    if (found == PCRE2_ERROR_NOMATCH) {  // nor would it with more text
      from = growth == 0 ? end : from + Utf8Step(text.subspan(from));
      growth = 0;
      continue;
    }
    if (found == PCRE2_ERROR_PARTIAL) {  // nothing begins before this place
      from = std::clamp(place[0], from, end);
    }
    growth += kGrowthBits;
  }
  return none;
}

}  // namespace lentil

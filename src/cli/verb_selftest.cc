// SPDX-License-Identifier: Apache-2.0
// lentil selftest: does this machine compute as the format asks?

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/job.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "kernels/kernels.h"
#include "model/selftest.h"

namespace lentil {
namespace {

// Prints one line and returns what it means for the exit code.
int Line(std::string_view what, std::string_view detail, bool ok) {
  fmt::print("{:<24} {}  {}\n", what, ok ? "ok  " : "FAIL", detail);
  return ok ? kExitOk : kExitFailed;
}

int CheckKernels(const Kernels& kernels, bool is_default) {
  const Result<uint64_t> hash = RunSelftest(kernels);
  const std::string what = fmt::format("numerics, {}{}", kernels.name,
                                       is_default ? " (in use)" : "");
  if (!hash.ok()) return Line(what, hash.status().message(), false);
  if (*hash == kSelftestHash) return Line(what, HashText(*hash), true);
  return Line(
      what,
      fmt::format("{}, expected {}", HashText(*hash), HashText(kSelftestHash)),
      false);
}

// Text, a run and noise, one after the other: 12 KiB.
std::vector<uint8_t> MixedBytes() {
  std::vector<uint8_t> bytes;
  uint32_t state = 1;
  while (bytes.size() < 4 << 10) {
    for (const char c :
         std::string_view("the lentil is a small round seed. ")) {
      bytes.push_back(static_cast<uint8_t>(c));
    }
  }
  bytes.resize(8 << 10, 0);
  while (bytes.size() < 12 << 10) {
    state = state * 1664525 + 1013904223;
    bytes.push_back(static_cast<uint8_t>(state >> 24));
  }
  return bytes;
}

// A record always goes through the level's model.
bool RecordRoundTrips(const Codec& codec, std::span<const uint8_t> source) {
  std::vector<uint8_t> record(source.size() + 8), restored(source.size());
  size_t size = 0, restored_size = source.size();
  return lentil_record_compress(codec.get(), LENTIL_RECORD_CHECK, source.data(),
                                source.size(), record.data(), record.size(),
                                &size) == LENTIL_OK &&
         lentil_record_decompress(
             codec.get(), LENTIL_RECORD_CHECK, record.data(), size,
             restored.data(), restored.size(), &restored_size) == LENTIL_OK &&
         std::equal(source.begin(), source.end(), restored.begin());
}

int CheckRoundTrip(int level) {
  Codec codec(level);
  const std::vector<uint8_t> source = MixedBytes();
  std::vector<uint8_t> code, restored;
  const std::string what = fmt::format("round trip, level {}", level);
  if (codec.Compress(source, &code) != LENTIL_OK ||
      codec.Decompress(code, &restored) != LENTIL_OK) {
    return Line(what, codec.message(), false);
  }
  return Line(what, fmt::format("{} → {} bytes", source.size(), code.size()),
              restored == source &&
                  RecordRoundTrips(codec, std::span(source).first(1024)));
}

}  // namespace

int RunSelftest(Args args) {
  static constexpr Syntax kSyntax = {
      "selftest",
      "known answers of the numerics on every kernel target, and round trips",
      "[FLAGS]", 0};
  Flags flags;
  if (const auto exit = ParseFlags(kSyntax, args, &flags)) return *exit;
  if (!flags.files.empty()) return UsageError("selftest", "takes no FILE");
  Talk talk(flags.loudness, flags.progress);
  const Result<const Kernels*> chosen = DefaultKernels();
  if (!chosen.ok()) return talk.Error("LENTIL_KERNELS", chosen.status());
  int exit = kExitOk;
  for (const Kernels* kernels : AvailableKernels()) {
    exit = std::max(exit, CheckKernels(*kernels, kernels == *chosen));
  }
  for (const int level : {1, 3, 6}) {
    const char* model = lentil_level_model(level);
    const std::vector<std::string> names = EmbeddedNames();
    if (model != nullptr &&
        std::find(names.begin(), names.end(), model) == names.end()) {
      fmt::print("level {}: this build does not embed '{}'\n", level, model);
      continue;
    }
    exit = std::max(exit, CheckRoundTrip(level));
  }
  return exit;
}

}  // namespace lentil

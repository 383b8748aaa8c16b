// SPDX-License-Identifier: Apache-2.0
// lentil selftest: does this machine compute as the format asks?

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/hash.h"
#include "cli/job.h"
#include "cli/verb.h"
#include "kernels/kernels.h"
#include "mixing/mixing_selftest.h"
#include "model/imported/transformer_selftest.h"
#include "model/selftest.h"

namespace lentil {
namespace {

// Prints one line and returns what it means for the exit code.
int Line(std::string_view what, std::string_view detail, bool ok) {
  fmt::print("{:<24} {}  {}\n", what, ok ? "ok  " : "FAIL", detail);
  return ok ? kExitOk : kExitFailed;
}

int CheckHash(const std::string& what, const Result<uint64_t>& hash,
              uint64_t expected) {
  if (!hash.ok()) return Line(what, hash.status().message(), false);
  if (*hash == expected) return Line(what, HashText(*hash), true);
  return Line(
      what, fmt::format("{}, expected {}", HashText(*hash), HashText(expected)),
      false);
}

int CheckKernels(const Kernels& kernels, bool is_default) {
  const std::string name =
      fmt::format("{}{}", kernels.name, is_default ? " (in use)" : "");
  const int model =
      CheckHash("numerics, " + name, RunSelftest(kernels), kSelftestHash);
  const int mixer =
      CheckHash("mixing, " + name, RunMixingSelftest(kernels), kMixingHash);
  const int checkpoints =
      CheckHash("checkpoints, " + name, RunTransformerSelftest(kernels),
                kTransformerHash);
  return std::max({model, mixer, checkpoints});
}

// English without repetitions, where a model needs fewer bytes than zstd.
constexpr std::string_view kProse =
    "The lentil is one of the oldest crops we know of. Long before anyone "
    "wrote down a recipe, people in the hills north of the great rivers were "
    "gathering its flat round seeds, drying them in the sun, and keeping them "
    "in clay jars through the winter. It asks for little: a thin soil, some "
    "rain in spring, and a dry month before the harvest. In return it gives "
    "back more than it takes, because small bacteria that live among its "
    "roots draw nitrogen from the air and leave it in the ground for the "
    "wheat that will be sown the following year.\n\nWhen glass makers first "
    "ground a piece of crystal so that both of its faces bulged outwards, the "
    "result reminded them of something they had eaten since childhood, and so "
    "the lens got its name. A good lens gathers light which would otherwise "
    "be lost; whatever passes through it comes to a point that you can "
    "measure. Nothing is added and nothing is left behind. Turn it round, and "
    "the same rays travel back along the same path to where they started.\n";

// A run and noise of a frame each, then the prose.
constexpr size_t kFrame = 4 << 10;
constexpr uint64_t kProseFrame = 2;
std::vector<uint8_t> MixedBytes() {
  std::vector<uint8_t> bytes(kFrame, 0);
  uint32_t state = 1;
  while (bytes.size() < kProseFrame * kFrame) {
    state = state * 1664525 + 1013904223;
    bytes.push_back(static_cast<uint8_t>(state >> 24));
  }
  bytes.insert(bytes.end(), kProse.begin(), kProse.end());
  return bytes;
}

// Whether the container's prose is coded as the level says.
bool UsesLevel(const Codec& codec, std::vector<uint8_t>* code, int level) {
  const auto read = [](void* user, uint64_t offset, void* bytes, size_t size) {
    const auto& file = *static_cast<const std::vector<uint8_t>*>(user);
    std::copy_n(file.data() + offset, size, static_cast<uint8_t*>(bytes));
    return 0;
  };
  lentil_archive* raw = nullptr;
  const lentil_error error =
      lentil_archive_open(codec.get(), read, code, code->size(), &raw);
  const ArchiveHandle archive(raw);
  lentil_frame_info frame = {};
  return error == LENTIL_OK &&
         lentil_archive_get_frame(raw, kProseFrame, &frame) == LENTIL_OK &&
         frame.kind == lentil_level_get(level)->frame_kind;
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
  if (lentil_codec_set_frame_size(codec.get(), kFrame) != LENTIL_OK ||
      codec.Compress(source, &code) != LENTIL_OK ||
      codec.Decompress(code, &restored) != LENTIL_OK) {
    return Line(what, codec.message(), false);
  }
  if (!UsesLevel(codec, &code, level)) {
    return Line(what, "prose was coded another way", false);
  }
  return Line(
      what, fmt::format("{} → {} bytes", source.size(), code.size()),
      restored == source &&
          RecordRoundTrips(codec, std::span(source).last(kProse.size())));
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
  if (!chosen.ok()) return talk.Error("", chosen.status());
  int exit = kExitOk;
  for (const Kernels* kernels : AvailableKernels()) {
    exit = std::max(exit, CheckKernels(*kernels, kernels == *chosen));
  }
  for (int level = 0; level <= 9; ++level) {
    if (lentil_level_get(level)->number != level) continue;
    const char* model = lentil_level_get(level)->model;
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

// SPDX-License-Identifier: Apache-2.0
// Section 3.4: what compressors and models go on with, each byte drawn by the
// lengths of codes or by probabilities.

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "base/output_file.h"
#include "bench/baseline.h"
#include "cli/generator_source.h"
#include "cli/repro/experiment.h"

namespace lentil {
namespace {

constexpr size_t kTextContext = 1948;  // as in the paper
constexpr size_t kTextBytes = 100;
constexpr size_t kHalf = kSetChunk / 2;  // of pictures and sound: given, drawn
constexpr size_t kQuickBytes = 64;
constexpr uint32_t kWaveRate = 16000;

// Who goes on, and how many bytes at once.
struct Drawer {
  std::string from;
  std::string model;
  uint32_t horizon;
};

// LZMA takes minutes for half a chunk.
std::vector<Drawer> Drawers(const std::vector<Subject>& models, bool quick) {
  std::vector<Drawer> all = {
      {"gzip", "", 1}, {"gzip", "", 4}, {"contexts", "", 1}};
  if (!quick) {
    all.push_back({"lzma", "", 1});
    all.push_back({"lzma", "", 4});
  }
  for (const Subject& model : models) all.push_back({"model", model.name, 1});
  return all;
}

Result<std::vector<uint8_t>> Continue(const Repro& repro, const Drawer& drawer,
                                      std::span<const uint8_t> context,
                                      size_t bytes) {
  GeneratorSource source = {drawer.from, drawer.model, {}};
  source.lengths.horizon = drawer.horizon;
  source.lengths.threads = repro.options().flags.NumThreads();
  LENTIL_ASSIGN_OR_RETURN(
      const std::unique_ptr<Generator> generator,
      MakeGenerator(source, context.size() + bytes + drawer.horizon));
  LENTIL_RETURN_IF_ERROR(generator->Append(context));
  Sampler sampler({.seed = repro.options().seed});
  std::vector<uint8_t> drawn;
  while (drawn.size() < bytes) {
    LENTIL_RETURN_IF_ERROR(generator->Draw(&sampler, &drawn));
  }
  drawn.resize(bytes);
  return drawn;
}

// One line; what is no ASCII letter or sign becomes a dot.
std::string Printable(std::span<const uint8_t> bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte)
            : byte == '\n'              ? ' '
                                        : '.';
  }
  return text;
}

// Mean distance of samples from the true ones, in steps of 256.
double MeanError(std::span<const uint8_t> drawn,
                 std::span<const uint8_t> truth) {
  uint64_t sum = 0;
  for (size_t i = 0; i < drawn.size(); ++i) {
    const int difference = int{drawn[i]} - int{truth[i]};
    sum += static_cast<uint64_t>(std::abs(difference));
  }
  return drawn.empty()
             ? 0
             : static_cast<double>(sum) / static_cast<double>(drawn.size());
}

void AppendLittle(uint64_t value, int bytes, std::vector<uint8_t>* out) {
  for (int i = 0; i < bytes; ++i) {
    out->push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
}

// RIFF, mono, 8 bits.
std::vector<uint8_t> WaveFile(std::span<const uint8_t> samples) {
  const auto text = [](std::string_view s, std::vector<uint8_t>* out) {
    out->insert(out->end(), s.begin(), s.end());
  };
  std::vector<uint8_t> file;
  text("RIFF", &file);
  AppendLittle(36 + samples.size(), 4, &file);
  text("WAVEfmt ", &file);
  AppendLittle(16, 4, &file);
  AppendLittle(1, 2, &file);  // PCM
  AppendLittle(1, 2, &file);  // channels
  AppendLittle(kWaveRate, 4, &file);
  AppendLittle(kWaveRate, 4, &file);  // bytes per second
  AppendLittle(1, 2, &file);          // bytes of a sample of all channels
  AppendLittle(8, 2, &file);
  text("data", &file);
  AppendLittle(samples.size(), 4, &file);
  file.insert(file.end(), samples.begin(), samples.end());
  return file;
}

Result<std::vector<uint8_t>> PictureFile(std::span<const uint8_t> pixels) {
  LENTIL_ASSIGN_OR_RETURN(
      const MakePieceCoder make,
      CoderOf(*FindBaseline("png"), {.columns = kPatchColumns}));
  LENTIL_ASSIGN_OR_RETURN(const std::unique_ptr<PieceCoder> coder, make());
  std::vector<uint8_t> file;
  LENTIL_RETURN_IF_ERROR(coder->Encode(pixels, &file));
  return file;
}

Status WriteExample(const Repro& repro, SetKind kind, const std::string& name,
                    std::span<const uint8_t> bytes) {
  const bool is_picture = kind == SetKind::kGray;
  std::vector<uint8_t> file;
  if (is_picture) {
    LENTIL_ASSIGN_OR_RETURN(file, PictureFile(bytes));
  } else {
    file = WaveFile(bytes);
  }
  const std::filesystem::path path =
      std::filesystem::path(repro.options().folder) /
      fmt::format("{}-{}.{}", NameOf(kind), name, is_picture ? "png" : "wav");
  return WriteFile(path.string(), file).WithContext(path.string());
}

std::string NameOf(const Drawer& drawer) {
  return drawer.from == "model" ? drawer.model : drawer.from;
}

Result<Table> ContinueText(Repro* repro, const EvalData& data,
                           const std::vector<Drawer>& drawers) {
  Table table;
  table.name = "lmic-generation: text";
  table.columns = {{"source", "source"},
                   {"horizon", "bytes at once"},
                   {"text", "continuation"}};
  const auto chunk = std::span(data.bytes).first(kSetChunk);
  const auto truth = chunk.subspan(kTextContext, kTextBytes);
  table.rows.push_back({{"the text itself", Cell(), Printable(truth)}});
  for (const Drawer& drawer : drawers) {
    LENTIL_ASSIGN_OR_RETURN(
        const std::vector<uint8_t> drawn,
        Continue(*repro, drawer, chunk.first(kTextContext), kTextBytes));
    table.rows.push_back(
        {{NameOf(drawer), uint64_t{drawer.horizon}, Printable(drawn)}});
  }
  table.notes = {fmt::format(
      "after {} bytes: …{}", kTextContext,
      Printable(chunk.subspan(kTextContext - kTextBytes, kTextBytes)))};
  return table;
}

Result<Table> ContinueSamples(Repro* repro, SetKind kind, const EvalData& data,
                              const std::vector<Drawer>& drawers) {
  const bool quick = repro->options().quick;
  const size_t bytes = quick ? kQuickBytes : kHalf;
  const bool writes = !repro->options().folder.empty();
  Table table;
  table.name = fmt::format("lmic-generation: {}", NameOf(kind));
  table.columns = {{"source", "source"},
                   {"horizon", "bytes at once"},
                   {"mean_error", "mean distance from the original", 1}};
  const auto original = std::span(data.bytes).first(kHalf + bytes);
  if (writes) {
    LENTIL_RETURN_IF_ERROR(WriteExample(*repro, kind, "original", original));
  }
  for (const Drawer& drawer : drawers) {
    LENTIL_ASSIGN_OR_RETURN(
        const std::vector<uint8_t> drawn,
        Continue(*repro, drawer, original.first(kHalf), bytes));
    table.rows.push_back({{NameOf(drawer), uint64_t{drawer.horizon},
                           MeanError(drawn, original.subspan(kHalf))}});
    if (!writes) continue;
    std::vector<uint8_t> all(original.begin(), original.begin() + kHalf);
    all.insert(all.end(), drawn.begin(), drawn.end());
    LENTIL_RETURN_IF_ERROR(WriteExample(
        *repro, kind, fmt::format("{}-{}", NameOf(drawer), drawer.horizon),
        all));
  }
  table.notes = {
      fmt::format("{} bytes given, {} drawn{}", kHalf, bytes,
                  writes ? "; files are in " + repro->options().folder
                         : "; pass --out FOLDER to have them as files")};
  return table;
}

}  // namespace

Result<std::vector<Table>> ReproGeneration(Repro* repro) {
  LENTIL_ASSIGN_OR_RETURN(const std::vector<Subject> models, repro->Models());
  const std::vector<Drawer> drawers = Drawers(models, repro->options().quick);
  std::vector<Table> tables;
  for (const SetKind kind :
       {SetKind::kText, SetKind::kGray, SetKind::kAudio8}) {
    LENTIL_ASSIGN_OR_RETURN(const std::optional<EvalData> data,
                            repro->Read(kind, 1));
    if (!data) continue;
    Result<Table> table = kind == SetKind::kText
                              ? ContinueText(repro, *data, drawers)
                              : ContinueSamples(repro, kind, *data, drawers);
    if (!table.ok()) return table.status();
    tables.push_back(*std::move(table));
  }
  return tables;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// What `lentil eval` codes.

#include "cli/eval_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "cli/input.h"
#include "train/text_source.h"

namespace lentil {
namespace {

Result<std::vector<uint8_t>> ReadInput(const std::string& name) {
  return name == kStdin ? ReadAll(0) : ReadFile(name);
}

Status AppendFile(SetKind set, const std::string& name, size_t chunk,
                  std::vector<uint8_t>* out) {
  if (set != SetKind::kText || name == kStdin) {
    LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> file, ReadInput(name));
    return AppendChunks(set, file, chunk, out);
  }
  LENTIL_ASSIGN_OR_RETURN(const std::vector<TextSource> sources,
                          LoadSources({SourceRequest{name, 0}}, UINT64_MAX));
  for (const TextSource& source : sources) {
    LENTIL_RETURN_IF_ERROR(AppendChunks(set, source.bytes, chunk, out));
  }
  return Status();
}

// Chunks that a cut without --chunk is made of.
size_t ChunkBytes(const EvalCut& cut) {
  return cut.chunk > 0 ? static_cast<size_t>(cut.chunk) : kSetChunk;
}

}  // namespace

Result<EvalData> ReadEvalFile(const std::string& name, const EvalCut& cut) {
  EvalData data = {std::string(DisplayName(name)), {}, {}};
  LENTIL_ASSIGN_OR_RETURN(data.bytes, ReadInput(name));
  if (cut.limit < UINT64_MAX) {
    data.bytes = SampleChunks(std::move(data.bytes), ChunkBytes(cut), cut.limit,
                              cut.seed);
  }
  return data;
}

Result<EvalData> ReadEvalSet(const Flags& flags, const EvalCut& cut, Talk* talk,
                             int* exit) {
  const SetKind set = *cut.set;
  const size_t chunk = ChunkBytes(cut);
  EvalData data = {std::string(NameOf(set)), {}, {}};
  data.form.columns = kPatchColumns;
  data.form.sample_bits = set == SetKind::kAudio16 ? 16 : 8;
  if (set == SetKind::kRandom) {
    data.bytes = RandomChunks(cut.limit, chunk, cut.seed);
    return data;
  }
  const auto wants = [set](const std::string& name) {
    return EndsAsSet(set, name);
  };
  for (const std::string& name : ExpandInputs(flags, wants, talk, exit)) {
    const Status status = AppendFile(set, name, chunk, &data.bytes);
    if (status.ok()) continue;
    // What reads texts names the file itself.
    const bool is_named = set == SetKind::kText && name != kStdin;
    *exit = std::max<int>(
        *exit, talk->Error(is_named ? "" : DisplayName(name), status));
  }
  if (data.bytes.empty()) {
    return Status(Code::kInvalidArgument,
                  fmt::format("no chunk of {} bytes in these files", chunk));
  }
  data.bytes = SampleChunks(std::move(data.bytes), chunk, cut.limit, cut.seed);
  return data;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// What `lentil eval` codes.

#include "cli/eval_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/input.h"
#include "train/data_file.h"
#include "train/text_source.h"

namespace lentil {
namespace {

constexpr uint64_t kMostPiped = 256 << 20;   // of one input, without -M
constexpr uint64_t kMostChunks = 128 << 20;  // bytes of a set, without -M
constexpr size_t kPiece = 1 << 20;

Result<DataFile> OpenData(const std::string& name) {
  return name == kStdin ? DataFile::Stdin() : DataFile::Open(name);
}

// What one file of a set gives.
struct FileChunks {
  std::string name;
  uint64_t count = 0;
  bool is_regular = false;
  bool is_plain = false;  // no more than can be seen from outside
};

// Gives `take` all whole chunks of a file of text.
Status TakeText(DataFile* file, size_t chunk, const TakeBytes& take) {
  ChunkCutter cutter(chunk, take);
  std::vector<uint8_t> piece(kPiece);
  for (size_t got = kPiece; got == kPiece;) {
    LENTIL_ASSIGN_OR_RETURN(got, file->Read(piece));
    LENTIL_RETURN_IF_ERROR(cutter.Add(std::span(piece).first(got)));
  }
  return Status();
}

// Gives `take` all whole chunks of a file, whose name and kind `found` gets
// before.
Status TakeFile(const EvalCut& cut, size_t chunk, const std::string& name,
                FileChunks* found, const TakeBytes& take) {
  LENTIL_ASSIGN_OR_RETURN(DataFile file, OpenData(name));
  *found = {name, 0, file.is_regular(), file.is_plain()};
  if (cut.set == SetKind::kText) return TakeText(&file, chunk, take);
  DataBudget whole = {.most = kMostMediaFile, .advice = "cut it"};
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes,
                          ReadData(&file, UINT64_MAX, &whole));
  found->is_plain &= !IsPackedMedia(bytes);
  return TakeChunks(*cut.set, bytes, chunk, take);
}

// Takes in file by file. Without a limit, or as long as that fits, it keeps all
// chunks; else it counts them, and reads those that are chosen again.
class SetReader {
 public:
  SetReader(const EvalCut& cut, size_t chunk)
      : cut_(cut),
        chunk_(chunk),
        budget_(DataBudget::Of(cut.memory, kMostChunks,
                               "pass --limit N for some chunks of it, or -M "
                               "SIZE to hold more")),
        has_limit_(cut.limit < UINT64_MAX) {}

  // A file that fails leaves nothing behind.
  Status Add(const std::string& name) {
    const size_t start = bytes_.size();
    const DataBudget before = budget_;
    FileChunks file;
    const Status status = TakeFile(
        cut_, chunk_, name, &file, [&](std::span<const uint8_t> chunks) {
          file.count += chunks.size() / chunk_;
          return is_kept_ ? Keep(file, chunks) : Status();
        });
    if (status.ok()) {
      total_ += file.count;
      files_.push_back(std::move(file));
    } else if (is_kept_) {
      bytes_.resize(start);
      budget_ = before;
    }
    return status;
  }

  // The data, or the chosen chunks of it.
  Result<std::vector<uint8_t>> Finish() {
    if (is_kept_) {
      return has_limit_ ? SampleChunks(std::move(bytes_), chunk_, cut_.limit,
                                       cut_.seed)
                        : std::move(bytes_);
    }
    const std::vector<uint64_t> chosen =
        ChooseChunks(total_, cut_.limit, cut_.seed);
    std::span<const uint64_t> rest = chosen;
    uint64_t first = 0;
    for (const FileChunks& file : files_) {
      const auto end = std::ranges::lower_bound(rest, first + file.count);
      const auto count = static_cast<size_t>(end - rest.begin());
      const Status status = ReadChosen(file, first, rest.first(count));
      if (!status.ok()) {
        return status.WithContext(std::string(DisplayName(file.name)));
      }
      rest = rest.subspan(count);
      first += file.count;
    }
    return std::move(bytes_);
  }

 private:
  Status Keep(const FileChunks& file, std::span<const uint8_t> chunks) {
    // With a limit no more is held of large files than of those that unpack.
    const Status fits =
        budget_.Take(chunks.size(), file.is_plain && !has_limit_);
    if (fits.ok()) {
      bytes_.insert(bytes_.end(), chunks.begin(), chunks.end());
      return fits;
    }
    if (!has_limit_) return fits;
    is_kept_ = false;
    std::vector<uint8_t>().swap(bytes_);
    budget_.held = budget_.held_unpacked = 0;
    return Status();
  }

  // Appends the chunks with these numbers, of which `first` is the file's
  // first.
  Status ReadChosen(const FileChunks& file, uint64_t first,
                    std::span<const uint64_t> chosen) {
    if (chosen.empty()) return Status();
    if (!file.is_regular) {
      return Status(Code::kResourceLimit,
                    fmt::format("with it there are more than {} of data, and "
                                "it cannot be read twice; pass -M SIZE to hold "
                                "more, or give a file",
                                AmountText(budget_.most_unpacked)));
    }
    FileChunks again;
    uint64_t at = first;
    const Status status = TakeFile(
        cut_, chunk_, file.name, &again, [&](std::span<const uint8_t> chunks) {
          const uint64_t end = at + chunks.size() / chunk_;
          for (; !chosen.empty() && chosen[0] < end;
               chosen = chosen.subspan(1)) {
            LENTIL_RETURN_IF_ERROR(budget_.Take(chunk_, false));
            const auto chunk =
                chunks.subspan((chosen[0] - at) * chunk_, chunk_);
            bytes_.insert(bytes_.end(), chunk.begin(), chunk.end());
          }
          at = end;
          return chosen.empty() ? Status(Code::kCancelled, "") : Status();
        });
    if (chosen.empty()) return Status();
    return status.ok() ? Status(Code::kIo, "changed while it was read")
                       : status;
  }

  const EvalCut& cut_;
  const size_t chunk_;
  DataBudget budget_;
  const bool has_limit_;
  std::vector<FileChunks> files_;
  std::vector<uint8_t> bytes_;
  uint64_t total_ = 0;  // chunks
  bool is_kept_ = true;
};

// Chunks that a cut without --chunk is made of.
size_t ChunkBytes(const EvalCut& cut) {
  return cut.chunk > 0 ? static_cast<size_t>(cut.chunk) : kSetChunk;
}

// Chunks of a regular file where they lie.
Result<std::vector<uint8_t>> ReadSample(Input* input, const EvalCut& cut) {
  const size_t chunk = ChunkBytes(cut);
  std::vector<uint8_t> bytes;
  for (const uint64_t i :
       ChooseChunks(input->size() / chunk, cut.limit, cut.seed)) {
    bytes.resize(bytes.size() + chunk);
    LENTIL_RETURN_IF_ERROR(
        input->ReadAt(i * chunk, std::span(bytes).last(chunk)));
  }
  return bytes;
}

}  // namespace

bool IsReported(const Status& status) {
  return status.code() == Code::kCancelled && status.message().empty();
}

Result<EvalData> ReadEvalFile(const std::string& name, const EvalCut& cut) {
  EvalData data = {std::string(DisplayName(name)), {}, {}};
  LENTIL_ASSIGN_OR_RETURN(Input input, Input::Open(name));
  if (input.is_regular() && !input.is_stdin() &&
      input.size() / ChunkBytes(cut) > cut.limit) {
    LENTIL_ASSIGN_OR_RETURN(data.bytes, ReadSample(&input, cut));
    return data;
  }
  DataBudget budget =
      DataBudget::Of(cut.memory, kMostPiped, "pass -M SIZE to hold more");
  if (cut.memory == 0) budget.most = UINT64_MAX;  // a file at any size
  std::vector<uint8_t> piece(kPiece);
  data.bytes.reserve(std::min(input.size(), budget.most));
  for (size_t got = kPiece; got == kPiece;) {
    LENTIL_ASSIGN_OR_RETURN(got, input.Read(piece));
    LENTIL_RETURN_IF_ERROR(budget.Take(got, input.is_regular()));
    data.bytes.insert(data.bytes.end(), piece.begin(),
                      piece.begin() + static_cast<ptrdiff_t>(got));
  }
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
    DataBudget budget =
        DataBudget::Of(cut.memory, kMostPiped,
                       "ask for fewer chunks, or pass -M SIZE to hold more");
    const uint64_t most = UINT64_MAX / chunk;
    const Status fits = budget.Take(std::min(cut.limit, most) * chunk, false);
    if (!fits.ok()) return fits.WithContext(data.name);
    data.bytes = RandomChunks(cut.limit, chunk, cut.seed);
    return data;
  }
  const auto wants = [set](const std::string& name) {
    return EndsAsSet(set, name);
  };
  SetReader reader(cut, chunk);
  for (const std::string& name : ExpandInputs(flags, wants, talk, exit)) {
    const Status status = reader.Add(name);
    if (status.ok()) continue;
    *exit = std::max<int>(*exit, talk->Error(DisplayName(name), status));
  }
  LENTIL_ASSIGN_OR_RETURN(data.bytes, reader.Finish());
  if (!data.bytes.empty()) return data;
  if (*exit != kExitOk) return Status(Code::kCancelled, "");
  return Status(Code::kInvalidArgument,
                fmt::format("no chunk of {} bytes in these files", chunk));
}

}  // namespace lentil

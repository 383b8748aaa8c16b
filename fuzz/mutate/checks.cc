// SPDX-License-Identifier: Apache-2.0
#include "checks.h"

#include <algorithm>

namespace lentil {
namespace {

// Whether `out` is some of the pieces one after the other.
bool IsMadeOf(std::span<const uint8_t> out, const std::vector<Bytes>& pieces) {
  if (out.empty()) return true;
  return std::any_of(pieces.begin(), pieces.end(), [&](const Bytes& piece) {
    return !piece.empty() && piece.size() <= out.size() &&
           std::equal(piece.begin(), piece.end(), out.begin()) &&
           IsMadeOf(out.subspan(piece.size()), pieces);
  });
}

int Append(void* user, const void* bytes, size_t size) {
  const auto* begin = static_cast<const uint8_t*>(bytes);
  auto* out = static_cast<Bytes*>(user);
  out->insert(out->end(), begin, begin + size);
  return 0;
}

int ReadFrom(void* user, uint64_t offset, void* bytes, size_t size) {
  const auto* file = static_cast<const Bytes*>(user);
  if (offset > file->size() || size > file->size() - offset) return 1;
  std::copy_n(file->data() + offset, size, static_cast<uint8_t*>(bytes));
  return 0;
}

Codec MakeCodec(const lentil_sample* sample, Dice* dice, bool salvage) {
  Codec codec(1);
  lentil_codec_set_threads(codec.get(), 1 + static_cast<int>(dice->Below(3)));
  lentil_codec_set_sample(codec.get(), sample);
  if (dice->OneIn(4)) {
    lentil_codec_set_memory_limit(codec.get(), dice->Below(100u << 20));
  }
  if (salvage) {
    lentil_codec_set_salvage(
        codec.get(), [](void*, lentil_error, const char*) {}, nullptr);
  }
  return codec;
}

// Everything of a file as a stream in pieces; what came out before an error.
lentil_error Decode(const Codec& codec, const Bytes& file, Dice* dice,
                    Bytes* out) {
  lentil_stream* raw = nullptr;
  lentil_error error =
      lentil_stream_decompress(codec.get(), &Append, out, &raw);
  const StreamHandle stream(raw);
  for (size_t at = 0; at < file.size() && error == LENTIL_OK;) {
    const size_t n = std::min(file.size() - at, 1 + dice->Below(2000));
    error = lentil_stream_write(raw, file.data() + at, n);
    at += n;
  }
  return error == LENTIL_OK ? lentil_stream_finish(raw) : error;
}

// What random access says, against itself and the frames.
std::string CheckAccess(lentil_archive* archive, const Sources& sources,
                        Dice* dice) {
  lentil_archive_info info;
  lentil_archive_get_info(archive, &info);
  for (uint64_t i = 0; i < std::min<uint64_t>(info.frames, 50); ++i) {
    lentil_frame_info frame;
    if (lentil_archive_get_frame(archive, i, &frame) != LENTIL_OK) break;
  }
  Bytes whole;
  const bool is_whole =
      lentil_archive_read(archive, 0, UINT64_MAX, &Append, &whole) == LENTIL_OK;
  if (!IsMadeOf(whole, sources.frames)) return "random access: wrong bytes";
  const size_t first = dice->Below(whole.size());
  Bytes some;
  const bool is_some =
      lentil_archive_read(archive, first, 100, &Append, &some) == LENTIL_OK;
  if (is_whole && is_some &&
      !std::equal(some.begin(), some.end(),
                  whole.begin() + static_cast<ptrdiff_t>(first))) {
    return "random access: a part is another";
  }
  Bytes records;
  const uint64_t record = dice->Below(8);
  const lentil_error error =
      lentil_archive_read_records(archive, record, 3, &Append, &records);
  if (error == LENTIL_OK && is_whole &&
      std::search(whole.begin(), whole.end(), records.begin(), records.end()) ==
          whole.end()) {
    return "records: not in the source";
  }
  return "";
}

}  // namespace

Verdict CheckArchive(const Bytes& file, const Sources& sources,
                     const lentil_sample* sample, Dice* dice) {
  Verdict verdict;
  Bytes out;
  const lentil_error error =
      Decode(MakeCodec(sample, dice, false), file, dice, &out);
  verdict.restored = error == LENTIL_OK;
  if (!IsMadeOf(out, verdict.restored ? sources.containers : sources.frames)) {
    verdict.wrong = "stream: wrong bytes";
  }
  if (error == LENTIL_INTERNAL || error == LENTIL_INVALID_ARGUMENT) {
    verdict.wrong = std::string("stream: ") + lentil_error_name(error);
  }
  out.clear();
  (void)Decode(MakeCodec(sample, dice, true), file, dice, &out);
  verdict.salvaged = !out.empty();
  if (!IsMadeOf(out, sources.frames)) verdict.wrong = "salvage: wrong bytes";
  const Codec codec = MakeCodec(sample, dice, false);
  lentil_archive* raw = nullptr;
  Bytes copy = file;
  if (lentil_archive_open(codec.get(), &ReadFrom, &copy, copy.size(), &raw) ==
      LENTIL_OK) {
    const ArchiveHandle archive(raw);
    const std::string wrong = CheckAccess(raw, sources, dice);
    if (!wrong.empty()) verdict.wrong = wrong;
  }
  return verdict;
}

}  // namespace lentil

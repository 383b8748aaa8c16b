// SPDX-License-Identifier: Apache-2.0
// Reads and decompresses data files.

#include "train/text_source.h"

#include <lzma.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "base/file.h"

namespace lentil {
namespace {

constexpr size_t kPiece = 1 << 18;
constexpr uint64_t kXzMemory = 256u << 20;

Status TooLarge(const std::string& path, uint64_t limit) {
  return Status(Code::kResourceLimit, path + ": more than " +
                                          std::to_string(limit) +
                                          " bytes of data; give fewer files");
}

Status ReadXz(const std::string& path, const std::vector<uint8_t>& packed,
              uint64_t limit, std::vector<uint8_t>* out) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, kXzMemory, LZMA_CONCATENATED) != LZMA_OK) {
    return Status(Code::kInternal, path + ": cannot start the xz decoder");
  }
  const std::unique_ptr<lzma_stream, void (*)(lzma_stream*)> guard(&stream,
                                                                   lzma_end);
  stream.next_in = packed.data();
  stream.avail_in = packed.size();
  lzma_ret state = LZMA_OK;
  while (state == LZMA_OK) {
    const size_t done = out->size();
    if (done > limit) return TooLarge(path, limit);
    out->resize(done + kPiece);
    stream.next_out = out->data() + done;
    stream.avail_out = kPiece;
    state = lzma_code(&stream, LZMA_FINISH);
    out->resize(done + kPiece - stream.avail_out);
  }
  if (state != LZMA_STREAM_END) {
    return Status(Code::kCorrupt, path + ": damaged .xz file");
  }
  return {};
}

Status ReadZstd(const std::string& path, const std::vector<uint8_t>& packed,
                uint64_t limit, std::vector<uint8_t>* out) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(
      ZSTD_createDStream(), ZSTD_freeDStream);
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  size_t hint = 1;
  while (in.pos < in.size || hint != 0) {
    const size_t done = out->size();
    if (done > limit) return TooLarge(path, limit);
    out->resize(done + kPiece);
    ZSTD_outBuffer piece{out->data() + done, kPiece, 0};
    const size_t consumed = in.pos;
    hint = ZSTD_decompressStream(stream.get(), &piece, &in);
    out->resize(done + piece.pos);
    if (ZSTD_isError(hint) || (in.pos == consumed && piece.pos == 0)) {
      return Status(Code::kCorrupt, path + ": damaged .zst file");
    }
  }
  return {};
}

Result<std::vector<uint8_t>> ReadDecompressed(const std::string& path,
                                              uint64_t limit) {
  Result<std::vector<uint8_t>> read = ReadFile(path);
  if (!read.ok()) return read.status().WithContext(path);
  std::vector<uint8_t> bytes = *std::move(read);
  if (bytes.size() > limit) return TooLarge(path, limit);
  std::vector<uint8_t> out;
  if (path.ends_with(".xz")) {
    LENTIL_RETURN_IF_ERROR(ReadXz(path, bytes, limit, &out));
    return out;
  }
  if (path.ends_with(".zst")) {
    LENTIL_RETURN_IF_ERROR(ReadZstd(path, bytes, limit, &out));
    return out;
  }
  return bytes;
}

Result<std::vector<std::string>> FilesBelow(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(path, error), end;
       !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error)) files.push_back(it->path().string());
  }
  if (error) return Status(Code::kIo, path + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<SourceRequest> ParseSourceRequest(const std::string& text) {
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos) return SourceRequest{text, 0};
  std::istringstream number(text.substr(equals + 1));
  double weight = 0;
  if (!(number >> weight) || !number.eof() || !(weight > 0)) {
    return SourceRequest{text, 0};  // "=" belongs to the name
  }
  return SourceRequest{text.substr(0, equals), weight};
}

Result<std::vector<SourceRequest>> ReadSourceList(const std::string& file,
                                                  const std::string& root) {
  const Result<std::vector<uint8_t>> read = ReadFile(file);
  if (!read.ok()) return read.status().WithContext(file);
  std::istringstream lines(std::string(read->begin(), read->end()));
  std::vector<SourceRequest> requests;
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find('#'));
    const size_t last = line.find_last_not_of(" \t\r");
    if (last == std::string::npos) continue;
    LENTIL_ASSIGN_OR_RETURN(SourceRequest request,
                            ParseSourceRequest(line.substr(0, last + 1)));
    const std::filesystem::path path(request.path);
    if (path.is_relative()) {
      request.path = (std::filesystem::path(root) / path).string();
    }
    requests.push_back(std::move(request));
  }
  if (requests.empty()) {
    return Status(Code::kInvalidArgument, file + ": names no data");
  }
  return requests;
}

ConvertSource ToSet(SetKind kind) {
  return [kind](TextSource* source) {
    std::vector<uint8_t> file;
    file.swap(source->bytes);
    if (!EndsAsSet(kind, source->path)) return Status();
    source->chunk = kind == SetKind::kText ? 0 : kSetChunk;
    source->unit = UnitOf(kind);
    return AppendChunks(kind, file, kSetChunk, &source->bytes);
  };
}

Result<std::vector<TextSource>> LoadSources(
    const std::vector<SourceRequest>& requests, uint64_t limit,
    const ConvertSource& convert) {
  std::vector<TextSource> sources;
  for (const SourceRequest& request : requests) {
    LENTIL_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                            FilesBelow(request.path));
    const size_t first = sources.size();
    uint64_t total = 0;
    for (const std::string& file : files) {
      LENTIL_ASSIGN_OR_RETURN(std::vector<uint8_t> bytes,
                              ReadDecompressed(file, limit));
      limit -= bytes.size();
      TextSource source = {.path = file, .bytes = std::move(bytes)};
      if (convert) {
        LENTIL_RETURN_IF_ERROR(convert(&source).WithContext(file));
        if (source.bytes.empty()) continue;
      }
      source.weight = static_cast<double>(source.bytes.size());
      total += source.bytes.size();
      sources.push_back(std::move(source));
    }
    if (request.weight == 0 || total == 0) continue;
    for (size_t i = first; i < sources.size(); ++i) {
      sources[i].weight *= request.weight / static_cast<double>(total);
    }
  }
  return sources;
}

}  // namespace lentil

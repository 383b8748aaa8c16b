// SPDX-License-Identifier: Apache-2.0
// Reads data files into memory.

#include "train/text_source.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "base/file.h"

namespace lentil {
namespace {

constexpr uint64_t kMostList = uint64_t{16} << 20;

// Whole chunks of a picture or of sound.
Status ReadMedia(DataFile* file, SetKind kind, DataBudget* budget,
                 TextSource* source) {
  DataBudget whole = {.most = kMostMediaFile, .advice = "cut it"};
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes,
                          ReadData(file, UINT64_MAX, &whole));
  const bool is_plain = file->is_plain() && !IsPackedMedia(bytes);
  source->chunk = kSetChunk;
  source->unit = UnitOf(kind);
  return TakeChunks(
      kind, bytes, kSetChunk, [&](std::span<const uint8_t> chunks) {
        LENTIL_RETURN_IF_ERROR(budget->Take(chunks.size(), is_plain));
        source->bytes.insert(source->bytes.end(), chunks.begin(), chunks.end());
        return Status();
      });
}

// A source without bytes is to be dropped, if the files are of a set.
Result<TextSource> ReadSource(const std::string& path,
                              const LoadOptions& options, DataBudget* budget) {
  LENTIL_ASSIGN_OR_RETURN(DataFile file, DataFile::Open(path));
  TextSource source = {.path = path, .bytes = {}};
  if (options.set && *options.set != SetKind::kText) {
    LENTIL_RETURN_IF_ERROR(ReadMedia(&file, *options.set, budget, &source));
    return source;
  }
  LENTIL_ASSIGN_OR_RETURN(source.bytes, ReadData(&file, options.first, budget));
  if (options.set) {
    source.bytes.resize(source.bytes.size() / kSetChunk * kSetChunk);
  }
  return source;
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
  const Result<std::vector<uint8_t>> read = ReadFile(file, kMostList);
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

Result<std::vector<TextSource>> LoadSources(
    const std::vector<SourceRequest>& requests, const LoadOptions& options,
    DataBudget* budget) {
  std::vector<TextSource> sources;
  for (const SourceRequest& request : requests) {
    LENTIL_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                            FilesBelow(request.path));
    const size_t first = sources.size();
    uint64_t total = 0;
    for (const std::string& file : files) {
      const bool is_named = file == request.path;
      if (options.set && !is_named && !EndsAsSet(*options.set, file)) continue;
      Result<TextSource> read = ReadSource(file, options, budget);
      if (!read.ok()) return read.status().WithContext(file);
      if (options.set && read->bytes.empty()) continue;
      TextSource& source = sources.emplace_back(*std::move(read));
      source.weight = static_cast<double>(source.bytes.size());
      total += source.bytes.size();
    }
    if (request.weight == 0 || total == 0) continue;
    for (size_t i = first; i < sources.size(); ++i) {
      sources[i].weight *= request.weight / static_cast<double>(total);
    }
  }
  return sources;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Training and test data from disk: files and folders, plain, .xz or .zst.

#ifndef LENTIL_TRAIN_TEXT_SOURCE_H_
#define LENTIL_TRAIN_TEXT_SOURCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/media/data_set.h"
#include "train/data_file.h"

namespace lentil {

struct TextSource {
  std::string path;
  double weight = 0;           // share of the training sequences, any unit
  std::vector<uint8_t> bytes;  // decompressed
  // The same as tokens, for a model that reads those (train/tokens.h).
  std::vector<uint32_t> tokens = {};
  // Of sources of bytes. Sequences lie in one chunk (0 = the source is one) and
  // begin at a multiple of `unit` in it: rows of patches, samples of two bytes.
  size_t chunk = 0;
  size_t unit = 1;
};

// One request: a file, or a folder whose regular files are taken in order of
// their names. The weight is shared out by size; 0 means "its size in bytes".
struct SourceRequest {
  std::string path;
  double weight = 0;
};

// Reads "PATH" or "PATH=WEIGHT".
Result<SourceRequest> ParseSourceRequest(const std::string& text);

// Reads a list of them, one a line, "#" starts a comment; relative paths are
// those of `root`.
Result<std::vector<SourceRequest>> ReadSourceList(const std::string& file,
                                                  const std::string& root);

struct LoadOptions {
  uint64_t first = UINT64_MAX;  // bytes of each file, where `set` is not given
  // What files are, if `lentil eval --set` is to cut them: their chunks, rows
  // or samples kept together. A folder's files with other endings are passed
  // over.
  std::optional<SetKind> set = {};
};

// Largest picture or sound file that is read.
inline constexpr uint64_t kMostMediaFile = uint64_t{2} << 30;

// Loads everything into memory. kIo names the file that cannot be read,
// kCorrupt a damaged .xz or .zst, kResourceLimit the one with which there would
// be more than the budget has.
Result<std::vector<TextSource>> LoadSources(
    const std::vector<SourceRequest>& requests, const LoadOptions& options,
    DataBudget* budget);

}  // namespace lentil

#endif  // LENTIL_TRAIN_TEXT_SOURCE_H_

// SPDX-License-Identifier: Apache-2.0
// A model of other people's making, as they store it: weights by name, and what
// says how to use them.

#ifndef LENTIL_WEIGHTS_CHECKPOINT_H_
#define LENTIL_WEIGHTS_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "weights/gguf.h"
#include "weights/tensor.h"

namespace lentil {

// Immutable and thread-safe. Its files are mapped, not read, and stay so for
// its life: they must not be truncated meanwhile.
class Checkpoint {
 public:
  // `path` is one of
  //   a .gguf file;
  //   a .safetensors file with config.json beside it;
  //   a folder with config.json and either model.safetensors, or shards and
  //     their model.safetensors.index.json.
  // Which file is which is told by the contents. O(headers). kIo if a file is
  // missing, kCorrupt if one is damaged or lacks what it is said to hold,
  // kUnsupported for PyTorch's own files, for parts of a split GGUF model, and
  // for element types that DType lacks. Messages name files relative to `path`.
  static Result<std::shared_ptr<const Checkpoint>> Open(
      const std::string& path);

  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  // kCorrupt names what is missing, and the nearest name if one is near.
  Result<TensorView> Get(const std::string& name) const;

  // Null unless it is a GGUF file.
  const Gguf* gguf() const { return gguf_ ? &*gguf_ : nullptr; }
  // Empty if it is one.
  const std::string& config_json() const { return config_json_; }
  // A file of the tokenizer, by its plain name; nothing if the folder has none.
  // Known are added_tokens.json, merges.txt, special_tokens_map.json,
  // tokenizer.json, tokenizer.model, tokenizer_config.json and vocab.json.
  std::optional<std::string> SideFile(const std::string& name) const;

  // XXH3-64 of everything above by name and content, in the order that
  // docs/checkpoints.md gives: the same for one file and for shards of it, and
  // for any layout of tensors within. Computed by the first call, which reads
  // all weights (about 10 GB/s from memory).
  uint64_t hash() const;

  // Frees the memory that reading tensors took; they may be read again.
  void ReleasePages() const {
    for (const MappedFile& file : files_) file.ReleasePages();
  }

  // Bytes of all files: weights, configuration, tokenizer.
  uint64_t file_bytes() const { return file_bytes_; }

 private:
  Checkpoint() = default;
  Status OpenFolder(const std::string& folder);
  Status OpenFile(const std::string& path);
  Status OpenShards(const std::string& folder);
  Status ReadCompanions(const std::string& folder);
  Result<std::span<const uint8_t>> Map(const std::string& path);
  uint64_t ComputeHash() const;

  std::vector<MappedFile> files_;  // what views point into
  std::map<std::string, TensorView> tensors_;
  std::optional<Gguf> gguf_;
  std::string config_json_;
  std::map<std::string, std::span<const uint8_t>> side_files_;
  uint64_t file_bytes_ = 0;
  mutable std::once_flag hash_once_;
  mutable uint64_t hash_ = 0;
};

}  // namespace lentil

#endif  // LENTIL_WEIGHTS_CHECKPOINT_H_

// SPDX-License-Identifier: Apache-2.0
// Finds and maps the files of a checkpoint, and hashes what they say.

#include "weights/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

#include "base/endian.h"
#include "base/hash.h"
#include "base/messages.h"
#include "weights/safetensors.h"

namespace lentil {
namespace {

namespace fs = std::filesystem;

constexpr char kConfig[] = "config.json";
constexpr char kWeights[] = "model.safetensors";
constexpr char kIndex[] = "model.safetensors.index.json";
constexpr const char* kPyTorch[] = {"pytorch_model.bin",
                                    "pytorch_model.bin.index.json"};
constexpr const char* kSideFiles[] = {
    "added_tokens.json", "merges.txt",      "special_tokens_map.json",
    "tokenizer.json",    "tokenizer.model", "tokenizer_config.json",
    "vocab.json"};
constexpr char kSplitKey[] = "split.count";  // of GGUF
constexpr uint64_t kMaxSideFile = 100'000'000;
constexpr uint64_t kMaxConfig = 16'000'000;

Status TooLarge(const char* name, uint64_t limit) {
  return Status(Code::kResourceLimit, std::string(name) + " is larger than " +
                                          std::to_string(limit / 1'000'000) +
                                          " MB");
}

bool Exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string Inside(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

std::string_view Text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A zip archive, or the bare pickle of old.
bool IsPyTorch(std::span<const uint8_t> bytes) {
  const std::string_view text = Text(bytes);
  return text.starts_with("PK\3\4") || text.starts_with("\x80\x02");
}

Status ConvertPyTorch() {
  return Status(Code::kUnsupported,
                "has PyTorch weights only; convert them to safetensors");
}

// Letters that two names share at their ends.
size_t Likeness(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  const auto front = std::mismatch(a.begin(), a.end(), b.begin());
  const auto prefix = static_cast<size_t>(front.first - a.begin());
  const auto back = std::mismatch(a.rbegin(), a.rend(), b.rbegin());
  const auto suffix = static_cast<size_t>(back.first - a.rbegin());
  return std::min(prefix + suffix, a.size());
}

// Hashes parts, each behind its length.
class PartHash {
 public:
  void Add(std::span<const uint8_t> part) {
    AddNumber(part.size());
    hash_.Update(part);
  }
  void Add(std::string_view part) {
    Add({reinterpret_cast<const uint8_t*>(part.data()), part.size()});
  }
  void AddNumber(uint64_t number) {
    uint8_t bytes[sizeof(number)];
    StoreLe(number, bytes);
    hash_.Update(bytes);
  }
  uint64_t Digest() const { return hash_.Digest(); }

 private:
  StreamHash hash_;
};

}  // namespace

Result<std::shared_ptr<const Checkpoint>> Checkpoint::Open(
    const std::string& path) {
  const std::shared_ptr<Checkpoint> checkpoint(new Checkpoint);
  std::error_code ignored;
  LENTIL_RETURN_IF_ERROR(fs::is_directory(path, ignored)
                             ? checkpoint->OpenFolder(path)
                             : checkpoint->OpenFile(path));
  return std::shared_ptr<const Checkpoint>(checkpoint);
}

Status Checkpoint::OpenFolder(const std::string& folder) {
  const std::string weights = Inside(folder, kWeights);
  if (Exists(weights)) return OpenFile(weights).WithContext(kWeights);
  if (Exists(Inside(folder, kIndex))) {
    LENTIL_RETURN_IF_ERROR(ReadCompanions(folder));
    return OpenShards(folder);
  }
  for (const char* name : kPyTorch) {
    if (Exists(Inside(folder, name))) return ConvertPyTorch();
  }
  return Status(Code::kIo,
                std::string("has neither ") + kWeights + " nor " + kIndex);
}

Status Checkpoint::OpenFile(const std::string& path) {
  LENTIL_ASSIGN_OR_RETURN(const auto bytes, Map(path));
  if (bytes.empty()) return Corrupt("is empty");
  if (IsPyTorch(bytes)) return ConvertPyTorch();
  if (IsGguf(bytes)) {
    LENTIL_ASSIGN_OR_RETURN(gguf_, Gguf::Parse(bytes));
    if (gguf_->Has(kSplitKey)) {
      LENTIL_ASSIGN_OR_RETURN(const uint64_t parts, gguf_->GetUint(kSplitKey));
      if (parts > 1) {
        return Status(Code::kUnsupported,
                      "is one of " + std::to_string(parts) +
                          " parts; merge them with llama-gguf-split");
      }
    }
    tensors_ = gguf_->tensors();
    return Status();
  }
  LENTIL_ASSIGN_OR_RETURN(const Safetensors file,
                          Safetensors::Parse(bytes, kMaxCheckpointHeader));
  tensors_ = file.tensors();
  return ReadCompanions(fs::path(path).parent_path().string());
}

// The index decides which tensors there are and where: a shard may hold more.
Status Checkpoint::OpenShards(const std::string& folder) {
  LENTIL_ASSIGN_OR_RETURN(const auto json, Map(Inside(folder, kIndex)));
  if (json.size() > kMaxSideFile) return TooLarge(kIndex, kMaxSideFile);
  LENTIL_ASSIGN_OR_RETURN(const auto files, ParseSafetensorsIndex(Text(json)));
  std::map<std::string, Safetensors> shards;
  for (const auto& [name, file] : files) {
    auto shard = shards.find(file);
    if (shard == shards.end()) {
      const auto bytes = Map(Inside(folder, file));
      if (!bytes.ok()) return bytes.status().WithContext(Quoted(file));
      auto parsed = Safetensors::Parse(*bytes, kMaxCheckpointHeader);
      if (!parsed.ok()) return parsed.status().WithContext(Quoted(file));
      shard = shards.emplace(file, std::move(parsed).value()).first;
    }
    const auto tensor = shard->second.tensors().find(name);
    if (tensor == shard->second.tensors().end()) {
      return Corrupt(Quoted(file) + " lacks tensor " + Quoted(name) +
                     ", which it is said to hold");
    }
    tensors_.emplace(*tensor);
  }
  return Status();
}

// config.json and the tokenizer's files.
Status Checkpoint::ReadCompanions(const std::string& folder) {
  const std::string config = Inside(folder, kConfig);
  if (!Exists(config)) {
    return Status(Code::kIo,
                  std::string("no ") + kConfig + " beside the weights");
  }
  LENTIL_ASSIGN_OR_RETURN(const auto json, Map(config));
  if (json.size() > kMaxConfig) return TooLarge(kConfig, kMaxConfig);
  config_json_ = Text(json);
  for (const char* name : kSideFiles) {
    const std::string path = Inside(folder, name);
    if (!Exists(path)) continue;
    const auto bytes = Map(path);
    if (!bytes.ok()) return bytes.status().WithContext(name);
    if (bytes->size() > kMaxSideFile) return TooLarge(name, kMaxSideFile);
    side_files_.emplace(name, *bytes);
  }
  return Status();
}

Result<std::span<const uint8_t>> Checkpoint::Map(const std::string& path) {
  LENTIL_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  const auto bytes = file.bytes();
  files_.push_back(std::move(file));
  file_bytes_ += bytes.size();
  return bytes;
}

Result<TensorView> Checkpoint::Get(const std::string& name) const {
  const auto it = tensors_.find(name);
  if (it != tensors_.end()) return it->second;
  std::string message = "no tensor " + Quoted(name);
  const auto nearest = std::max_element(
      tensors_.begin(), tensors_.end(), [&](const auto& a, const auto& b) {
        return Likeness(name, a.first) < Likeness(name, b.first);
      });
  if (nearest != tensors_.end() &&
      Likeness(name, nearest->first) > name.size() / 2) {
    message += "; there is " + Quoted(nearest->first);
  }
  return Corrupt(std::move(message));
}

std::optional<std::string> Checkpoint::SideFile(const std::string& name) const {
  const auto it = side_files_.find(name);
  if (it == side_files_.end()) return std::nullopt;
  return std::string(Text(it->second));
}

uint64_t Checkpoint::hash() const {
  std::call_once(hash_once_, [this] { hash_ = ComputeHash(); });
  return hash_;
}

uint64_t Checkpoint::ComputeHash() const {
  PartHash hash;
  if (gguf_) {
    for (const auto& [key, value] : gguf_->metadata()) {
      hash.Add(key);
      hash.AddNumber(static_cast<uint32_t>(value.type));
      hash.AddNumber(value.is_array ? 1 : 0);
      hash.Add(value.bytes);
    }
  } else {
    hash.Add(kConfig);
    hash.Add(config_json_);
    for (const auto& [name, bytes] : side_files_) {
      hash.Add(name);
      hash.Add(bytes);
    }
  }
  for (const auto& [name, tensor] : tensors_) {
    hash.Add(name);
    hash.Add(DTypeName(tensor.dtype));
    hash.AddNumber(tensor.shape.size());
    for (uint64_t dim : tensor.shape) hash.AddNumber(dim);
    hash.Add(tensor.bytes);
  }
  return hash.Digest();
}

}  // namespace lentil

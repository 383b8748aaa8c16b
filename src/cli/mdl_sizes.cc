// SPDX-License-Identifier: Apache-2.0
// What `lentil mdl` measures.

#include "cli/mdl_sizes.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/file.h"
#include "cli/score.h"
#include "cli/signals.h"
#include "cli/subject.h"
#include "model/weight_count.h"
#include "train/export.h"

namespace lentil {
namespace {

using Bytes = std::span<const uint8_t>;

// A file of its own in $TMPDIR or /tmp that goes away in any case.
class ScratchFile {
 public:
  static Result<ScratchFile> Create(Bytes bytes) {
    const char* wanted = std::getenv("TMPDIR");
    const std::string parent =
        wanted != nullptr && *wanted != '\0' ? wanted : "/tmp";
    std::string path = parent + "/lentil-mdl-XXXXXX";
    const SignalBlock block;
    const int fd = mkstemp(path.data());
    if (fd < 0) return ErrnoStatus("cannot make a file in " + parent, errno);
    RegisterUnfinishedFile(path);
    ScratchFile file(path);
    const Status written = WriteAll(fd, bytes);
    close(fd);
    if (!written.ok()) return written.WithContext(path);
    return file;
  }
  ScratchFile(ScratchFile&& other) noexcept
      : path_(std::exchange(other.path_, "")) {}
  ScratchFile& operator=(ScratchFile&&) = delete;
  ~ScratchFile() {
    if (path_.empty()) return;
    const SignalBlock block;
    unlink(path_.c_str());
    RegisterUnfinishedFile("");
  }

  const std::string& path() const { return path_; }

 private:
  explicit ScratchFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

Result<uint64_t> CodeBytes(const std::string& subject_name, Bytes data,
                           uint64_t chunk, int threads) {
  Flags flags;
  flags.threads = threads;
  LENTIL_ASSIGN_OR_RETURN(const std::vector<Subject> subjects,
                          FindSubjects(subject_name, flags));
  LENTIL_ASSIGN_OR_RETURN(const Score score,
                          ScoreSubject(subjects.front(), {data, {}, chunk}));
  return score.compressed_bytes;
}

// The file of the model that was learned.
Result<std::vector<uint8_t>> StoredModel(const Preset& preset,
                                         const TrainCheckpoint& learned) {
  LENTIL_ASSIGN_OR_RETURN(
      const NativeModel model,
      ExportNative(ParameterLayout(preset.config), learned.parameters,
                   std::string(preset.name), "{}"));
  return WriteNative(model);
}

}  // namespace

Result<MdlSize> MeasureMdl(Bytes data, const Preset& preset,
                           const PrequentialOptions& options,
                           const PrequentialCallback& callback) {
  LENTIL_ASSIGN_OR_RETURN(
      PrequentialResult learned,
      CodePrequentially(data, preset.config, options, callback));
  MdlSize size;
  size.preset = preset.name;
  size.weights = CountWeights(preset.config);
  size.prequential_bits = learned.bits;
  size.curve = std::move(learned.curve);
  LENTIL_ASSIGN_OR_RETURN(const std::vector<uint8_t> stored,
                          StoredModel(preset, learned.model));
  size.model_bytes = stored.size();
  const int threads = options.train.threads;
  LENTIL_ASSIGN_OR_RETURN(size.model_xz_bytes,
                          CodeBytes("lzma", stored, 0, threads));
  LENTIL_ASSIGN_OR_RETURN(const ScratchFile file, ScratchFile::Create(stored));
  LENTIL_ASSIGN_OR_RETURN(size.data_bytes,
                          CodeBytes(file.path(), data, kMdlPiece, threads));
  LENTIL_ASSIGN_OR_RETURN(size.mixed_bytes,
                          CodeBytes(file.path(), data, 0, threads));
  return size;
}

Result<std::vector<MdlControl>> MeasureControls(Bytes data, int threads) {
  std::vector<MdlControl> controls = {{"level1", "lentil -1", 0},
                                      {"lzma", "xz -9e", 0}};
  for (MdlControl& control : controls) {
    LENTIL_ASSIGN_OR_RETURN(control.data_bytes,
                            CodeBytes(control.name, data, 0, threads));
  }
  return controls;
}

}  // namespace lentil

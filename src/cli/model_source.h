// SPDX-License-Identifier: Apache-2.0
// From what -m says to a model.

#ifndef LENTIL_CLI_MODEL_SOURCE_H_
#define LENTIL_CLI_MODEL_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "lentil/lentil.hpp"
#include "model/model.h"

namespace lentil {

// Largest model file that is read.
inline constexpr uint64_t kMaxModelFile = uint64_t{4} << 30;

// Names of the embedded models, smallest first.
std::vector<std::string> EmbeddedNames();

// That there is neither a file nor an embedded model of this name; lists those.
Status NoSuchModel(const std::string& name);

// The sample in a file, for lentil_codec_set_sample.
Result<SampleHandle> OpenSample(const std::string& file);

// The embedded model of that name, or else the file or checkpoint. kWrongModel
// if neither is there; the message lists the names.
Result<ModelHandle> OpenModel(const std::string& name_or_file);

// The bytes of a native model: embedded, or a file that is mapped.
class ModelBytes {
 public:
  // Errors are those of NoSuchModel and MappedFile::Open, which refuses pipes;
  // kResourceLimit above kMaxModelFile. The message does not name the file.
  static Result<ModelBytes> Open(const std::string& name_or_file);

  bool is_embedded() const { return !file_; }
  std::span<const uint8_t> get() const {
    return file_ ? file_->bytes() : embedded_;
  }

 private:
  std::span<const uint8_t> embedded_;
  std::optional<MappedFile> file_;
};

// A native model without the C API around it.
Result<std::shared_ptr<const Model>> OpenBareModel(
    const std::string& name_or_file);

}  // namespace lentil

#endif  // LENTIL_CLI_MODEL_SOURCE_H_

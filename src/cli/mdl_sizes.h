// SPDX-License-Identifier: Apache-2.0
// What `lentil mdl` measures: description lengths of data by models of several
// sizes, and without one.

#ifndef LENTIL_CLI_MDL_SIZES_H_
#define LENTIL_CLI_MDL_SIZES_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "train/prequential.h"
#include "train/presets.h"

namespace lentil {

// Pieces that a model codes by itself.
inline constexpr uint64_t kMdlPiece = 64 << 10;

// All in bytes but for `prequential_bits`.
struct MdlSize {
  std::string preset;
  uint64_t weights = 0;
  double prequential_bits = 0;
  std::vector<PrequentialPoint> curve;
  uint64_t model_bytes = 0;     // the .lentil file
  uint64_t model_xz_bytes = 0;  // the same behind xz
  // The data in records of kMdlPiece, by the model alone.
  uint64_t data_bytes = 0;
  // The data as the .ltl that `compress -m` writes, with context models.
  uint64_t mixed_bytes = 0;
};

// Learns `data` and codes them with the model as stored. What was coded was
// decoded and compared. kCancelled as CodePrequentially.
Result<MdlSize> MeasureMdl(std::span<const uint8_t> data, const Preset& preset,
                           const PrequentialOptions& options,
                           const PrequentialCallback& callback);

// What the data take without a stored model.
struct MdlControl {
  std::string name;   // as in `lentil eval --subjects`
  std::string title;  // for people
  uint64_t data_bytes = 0;
};

// `compress -1` and xz, decoded and compared.
Result<std::vector<MdlControl>> MeasureControls(std::span<const uint8_t> data,
                                                int threads);

}  // namespace lentil

#endif  // LENTIL_CLI_MDL_SIZES_H_

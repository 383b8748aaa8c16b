// SPDX-License-Identifier: Apache-2.0

#include "cli/model_quantize.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "base/file.h"
#include "base/fp_mode.h"
#include "cli/text.h"
#include "weights/checkpoint.h"

namespace lentil {
namespace {

// Through a temporary file, which stays if all went well.
Result<QuantizeReport> Quantize(const Gguf& gguf, const std::string& out,
                                bool overwrite,
                                const QuantizeOptions& options) {
  const ScopedFpMode mode;
  LENTIL_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(out, overwrite));
  LENTIL_ASSIGN_OR_RETURN(
      QuantizeReport report,
      QuantizeGguf(gguf, options, [&](std::span<const uint8_t> bytes) {
        return file.Write(bytes);
      }));
  LENTIL_RETURN_IF_ERROR(file.Commit());
  return report;
}

}  // namespace

ExitCode QuantizeModel(const std::string& in, const std::string& out,
                       bool overwrite, const QuantizeOptions& options,
                       Talk* talk) {
  const Result<std::shared_ptr<const Checkpoint>> checkpoint =
      Checkpoint::Open(in);
  if (!checkpoint.ok()) return talk->Error(in, checkpoint.status());
  if ((*checkpoint)->gguf() == nullptr) {
    return talk->Error(in, {Code::kUnsupported, "only GGUF is quantised"});
  }
  const Result<QuantizeReport> report =
      Quantize(*(*checkpoint)->gguf(), out, overwrite, options);
  if (!report.ok()) {
    const bool is_output = report.status().code() == Code::kExists ||
                           report.status().code() == Code::kIo;
    return talk->Error(is_output ? out : in, report.status());
  }
  if (!report->halved.empty()) {
    talk->Note(fmt::format("{}: rows of {} are no whole blocks: stored as F16",
                           out, fmt::join(report->halved, ", ")));
  }
  const auto per_weight = [&](uint64_t bytes) {
    return 8.0 * static_cast<double>(bytes) /
           static_cast<double>(report->weights);
  };
  talk->Summary(fmt::format(
      "{}: {} → {} of weights ({:.2f} → {:.2f} bits each)", out,
      SizeText(report->bytes_before), SizeText(report->bytes_after),
      per_weight(report->bytes_before), per_weight(report->bytes_after)));
  return kExitOk;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0

#include "cli/model_copy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <span>

#include "base/fp_mode.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/text.h"
#include "model/imported/gguf_export.h"
#include "weights/checkpoint.h"
#include "weights/quantize_gguf.h"

namespace lentil {
namespace {

// What is written appears if all went well.
Result<QuantizeReport> Write(const Checkpoint& checkpoint,
                             const ModelCopy& copy, Output* output) {
  const ScopedFpMode mode;
  const Gguf* gguf = checkpoint.gguf();
  if (gguf != nullptr && !copy.dtype) {
    return Status(Code::kInvalidArgument,
                  "is GGUF already; quantize --type makes a smaller one");
  }
  const GgufSink sink = [&](std::span<const uint8_t> bytes) {
    return output->Write(bytes);
  };
  LENTIL_ASSIGN_OR_RETURN(
      QuantizeReport report,
      gguf == nullptr
          ? ExportGguf(checkpoint, copy.dtype, sink)
          : QuantizeGguf(*gguf, {*copy.dtype, copy.requantize}, sink));
  LENTIL_RETURN_IF_ERROR(output->Commit(nullptr));
  return report;
}

}  // namespace

ExitCode CopyModel(const ModelCopy& copy, Talk* talk) {
  const Result<std::shared_ptr<const Checkpoint>> checkpoint =
      Checkpoint::Open(copy.in);
  if (!checkpoint.ok()) return talk->Error(copy.in, checkpoint.status());
  if (NameOneFile(copy.in, copy.out)) {
    return talk->Error(copy.out,
                       Status(Code::kInvalidArgument, "is the input as well"));
  }
  Result<Output> output =
      OpenTarget(copy.out, {.overwrite = copy.overwrite}, talk);
  if (!output.ok()) {
    return talk->Error(copy.out, output.status(),
                       OutputAdvice(output.status()));
  }
  const Result<QuantizeReport> report = Write(**checkpoint, copy, &*output);
  if (!report.ok()) {
    const bool is_output = report.status().code() == Code::kExists ||
                           report.status().code() == Code::kIo;
    return talk->Error(is_output ? copy.out : copy.in, report.status(),
                       OutputAdvice(report.status()));
  }
  if (!report->halved.empty()) {
    talk->Note(fmt::format("{}: rows of {} are no whole blocks: stored as F16",
                           copy.out, fmt::join(report->halved, ", ")));
  }
  const auto per_weight = [&](uint64_t bytes) {
    return 8.0 * static_cast<double>(bytes) /
           static_cast<double>(report->weights);
  };
  talk->Summary(fmt::format(
      "{}: {} → {} of weights ({:.2f} → {:.2f} bits each)", copy.out,
      SizeText(report->bytes_before), SizeText(report->bytes_after),
      per_weight(report->bytes_before), per_weight(report->bytes_after)));
  return kExitOk;
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Standings as a table, with the Pareto frontiers marked, and as charts.

#ifndef LENTIL_BENCH_BENCH_REPORT_H_
#define LENTIL_BENCH_BENCH_REPORT_H_

#include <span>
#include <string>
#include <string_view>

#include "bench/contest.h"
#include "report/report.h"

namespace lentil {

// The contenders on one file (or on the sum of some), the smallest code first,
// failed ones last and explained below. Columns, as JSON has them:
//   contender, version, ok, error, timed_out, compressed_bytes, bits_per_byte,
//   adjusted_bits_per_byte (with model_bytes, those of an embedded model),
//   pay_off_bytes (beside the smallest of those without a model),
//   compress_kb_per_s and decompress_kb_per_s (thousands of source bytes over
//   wall time), compress_seconds (median of the runs; with _min, _max, and
//   _user_seconds, _system_seconds of the processor) and likewise decompress_…,
//   peak_mib of both directions, compress_peak_bytes, decompress_peak_bytes,
//   threads, pareto_compress and pareto_decompress: on the frontier of
//   compressed bytes and speed in that direction.
Table BenchTable(const std::string& name, std::span<const Standing> standings);

// What the headings do not say, in lines.
inline constexpr std::string_view kBenchLegend[] = {
    "model, adjusted: bytes of the embedded model, and bits/byte with them",
    "pays off at: bytes of sources like this one from which the model has "
    "saved its own, beside the smallest contender without a model",
    "Pareto: nobody is both smaller and faster at compressing (C), "
    "decompressing (D)"};

}  // namespace lentil

#endif  // LENTIL_BENCH_BENCH_REPORT_H_

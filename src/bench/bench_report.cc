// SPDX-License-Identifier: Apache-2.0
// Standings as a table, with the Pareto frontiers marked, and as charts.

#include "bench/bench_report.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "bench/pareto.h"
#include "bench/pay_off.h"

namespace lentil {
namespace {

constexpr double kMebibyte = 1 << 20;

// A standing and what follows from it beside the others.
struct Entry {
  const Standing* standing;
  std::optional<double> pay_off_bytes;
  bool pareto_compress = false;
  bool pareto_decompress = false;
};

double BitsPerByte(uint64_t code_bytes, uint64_t source_bytes) {
  return source_bytes == 0 ? 0
                           : 8.0 * static_cast<double>(code_bytes) /
                                 static_cast<double>(source_bytes);
}

double KilobytesPerSecond(const Standing& standing, const Timing& timing) {
  return timing.seconds <= 0 ? 0
                             : static_cast<double>(standing.source_bytes) /
                                   1000 / timing.seconds;
}

uint64_t Peak(const Standing& s) {
  return std::max(s.compress.peak_bytes, s.decompress.peak_bytes);
}

// Whole first, smallest first.
std::vector<Entry> Sorted(std::span<const Standing> standings) {
  std::vector<Entry> entries;
  for (const Standing& standing : standings) {
    entries.emplace_back().standing = &standing;
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) {
                     const Standing& x = *a.standing;
                     const Standing& y = *b.standing;
                     if (x.status.ok() != y.status.ok()) return x.status.ok();
                     return x.status.ok() && x.code_bytes < y.code_bytes;
                   });
  return entries;
}

// Compares those that have a model with the smallest that has none; `entries`
// are sorted.
void FindPayOffs(std::vector<Entry>* entries) {
  const auto rival =
      std::find_if(entries->begin(), entries->end(), [](const Entry& entry) {
        return entry.standing->contender.model_bytes == 0;
      });
  if (rival == entries->end() || !rival->standing->status.ok()) return;
  for (Entry& entry : *entries) {
    const Standing& s = *entry.standing;
    if (!s.status.ok()) break;  // so are all that follow
    entry.pay_off_bytes =
        PayOffBytes({s.contender.model_bytes, s.source_bytes, s.code_bytes,
                     rival->standing->code_bytes});
  }
}

// Marks who is on the frontier of size and speed in one direction.
void MarkFrontier(Timing Standing::*direction, bool Entry::*mark,
                  std::vector<Entry>* entries) {
  std::vector<Offer> offers;
  for (const Entry& entry : *entries) {
    const Standing& s = *entry.standing;
    if (!s.status.ok()) break;  // so are all that follow
    offers.push_back({static_cast<double>(s.code_bytes),
                      KilobytesPerSecond(s, s.*direction)});
  }
  const std::vector<bool> frontier = ParetoFrontier(offers);
  for (size_t i = 0; i < frontier.size(); ++i) {
    (*entries)[i].*mark = frontier[i];
  }
}

// One column: its heading, and its value for an entry that did not fail.
struct Field {
  Column column;
  Cell (*value)(const Entry& entry);
};

const std::vector<Field>& Fields() {
  static const auto& fields = *new std::vector<Field>{
      {{"compressed_bytes", "bytes"},
       [](const Entry& e) -> Cell { return e.standing->code_bytes; }},
      {{"bits_per_byte", "bits/byte", 3},
       [](const Entry& e) -> Cell {
         return BitsPerByte(e.standing->code_bytes, e.standing->source_bytes);
       }},
      {{"adjusted_bits_per_byte", "adjusted", 3},
       [](const Entry& e) -> Cell {
         return BitsPerByte(
             e.standing->code_bytes + e.standing->contender.model_bytes,
             e.standing->source_bytes);
       }},
      {{"pay_off_bytes", "pays off at", 0},
       [](const Entry& e) -> Cell {
         return e.pay_off_bytes ? Cell(*e.pay_off_bytes) : Cell();
       }},
      {{"compress_kb_per_s", "compress KB/s"},
       [](const Entry& e) -> Cell {
         return KilobytesPerSecond(*e.standing, e.standing->compress);
       }},
      {{"decompress_kb_per_s", "decompress KB/s"},
       [](const Entry& e) -> Cell {
         return KilobytesPerSecond(*e.standing, e.standing->decompress);
       }},
      {{"peak_mib", "peak MiB"},
       [](const Entry& e) -> Cell {
         return static_cast<double>(Peak(*e.standing)) / kMebibyte;
       }},
      {{"", "Pareto"},
       [](const Entry& e) -> Cell {
         const bool both = e.pareto_compress && e.pareto_decompress;
         return std::string(both                  ? "C D"
                            : e.pareto_compress   ? "C"
                            : e.pareto_decompress ? "D"
                                                  : "");
       }},
      {{"pareto_compress", ""},
       [](const Entry& e) -> Cell { return e.pareto_compress; }},
      {{"pareto_decompress", ""},
       [](const Entry& e) -> Cell { return e.pareto_decompress; }},
  };
  return fields;
}

// The timings of one direction, for JSON.
void AddTiming(const std::string& name, const Timing& t, bool ok, Table* table,
               TableRow* row) {
  const std::pair<const char*, Cell> values[] = {
      {"_seconds", t.seconds},
      {"_min_seconds", t.min_seconds},
      {"_max_seconds", t.max_seconds},
      {"_user_seconds", t.user_seconds},
      {"_system_seconds", t.system_seconds},
      {"_peak_bytes", t.peak_bytes}};
  for (const auto& [suffix, value] : values) {
    if (table->rows.empty()) table->columns.push_back({name + suffix, ""});
    row->cells.push_back(ok ? value : Cell());
  }
}

void AddRow(const Entry& entry, Table* table) {
  const Standing& s = *entry.standing;
  const bool ok = s.status.ok();
  TableRow row;
  row.mark = !ok ? Mark::kFailed : s.contender.own ? Mark::kOwn : Mark::kPlain;
  row.cells = {s.contender.name,
               s.contender.version,
               ok,
               ok ? Cell() : Cell(s.status.message()),
               s.status.code() == Code::kResourceLimit,
               static_cast<uint64_t>(s.contender.threads),
               s.contender.model_bytes};
  for (const Field& field : Fields()) {
    row.cells.push_back(ok ? field.value(entry) : Cell());
  }
  AddTiming("compress", s.compress, ok, table, &row);
  AddTiming("decompress", s.decompress, ok, table, &row);
  if (!ok)
    table->notes.push_back(s.contender.name +
                           ": failed: " + s.status.message());
  table->rows.push_back(std::move(row));
}

Scatter Chart(const std::vector<Entry>& entries, const std::string& title,
              const std::string& x_title, Timing Standing::*direction,
              bool Entry::*mark) {
  Scatter chart = {title, x_title, "bits/byte", {}};
  for (const Entry& entry : entries) {
    const Standing& s = *entry.standing;
    if (!s.status.ok()) continue;
    chart.points.push_back(
        {KilobytesPerSecond(s, s.*direction),
         BitsPerByte(s.code_bytes, s.source_bytes), s.contender.name,
         s.contender.own ? Mark::kOwn : Mark::kPlain, entry.*mark});
  }
  return chart;
}

}  // namespace

Table BenchTable(const std::string& name, std::span<const Standing> standings) {
  std::vector<Entry> entries = Sorted(standings);
  FindPayOffs(&entries);
  MarkFrontier(&Standing::compress, &Entry::pareto_compress, &entries);
  MarkFrontier(&Standing::decompress, &Entry::pareto_decompress, &entries);
  Table table;
  table.name = name;
  const uint64_t bytes = standings.empty() ? 0 : standings[0].source_bytes;
  table.facts = {{"bytes", "bytes", bytes}};
  table.columns = {{"contender", "contender"},
                   {"version", "version"},
                   {"ok", ""},
                   {"error", ""},
                   {"timed_out", ""},
                   {"threads", ""},
                   {"model_bytes", "model"}};
  for (const Field& field : Fields()) table.columns.push_back(field.column);
  for (const Entry& entry : entries) AddRow(entry, &table);
  table.charts = {
      Chart(entries, "Size and speed of compression", "KB/s compressing",
            &Standing::compress, &Entry::pareto_compress),
      Chart(entries, "Size and speed of decompression", "KB/s decompressing",
            &Standing::decompress, &Entry::pareto_decompress)};
  return table;
}

}  // namespace lentil

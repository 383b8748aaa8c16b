// SPDX-License-Identifier: Apache-2.0
// A report as JSON.

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/render.h"

namespace lentil {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const Cell& cell) {
  if (const auto* words = std::get_if<std::string>(&cell)) return *words;
  if (const auto* yes = std::get_if<bool>(&cell)) return *yes;
  if (const auto* count = std::get_if<uint64_t>(&cell)) return *count;
  if (const auto* value = std::get_if<double>(&cell)) {
    return std::isfinite(*value) ? Json(*value) : Json();
  }
  return Json();
}

void AddFacts(const std::vector<Fact>& facts, Json* object) {
  for (const Fact& fact : facts) (*object)[fact.key] = ToJson(fact.value);
}

Json ToJson(const Table& table) {
  Json object = {{"name", table.name}};
  AddFacts(table.facts, &object);
  Json rows = Json::array();
  for (const TableRow& row : table.rows) {
    Json members = Json::object();
    for (size_t c = 0; c < table.columns.size(); ++c) {
      const std::string& key = table.columns[c].key;
      if (!key.empty()) members[key] = ToJson(row.cells[c]);
    }
    rows.push_back(std::move(members));
  }
  object["rows"] = std::move(rows);
  return object;
}

}  // namespace

std::string RenderJson(const Report& report) {
  Json object = {{"title", report.title}};
  AddFacts(report.facts, &object);
  Json tables = Json::array();
  for (const Table& table : report.tables) tables.push_back(ToJson(table));
  object["tables"] = std::move(tables);
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lentil

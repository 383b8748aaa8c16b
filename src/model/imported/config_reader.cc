// SPDX-License-Identifier: Apache-2.0

#include "model/imported/config_reader.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace lentil {
namespace {

using Json = nlohmann::json;

constexpr double kMaxSize = 1 << 24;

// The first of these keys that has a value, or null.
const Json* Find(const Json& object, Config::Names names) {
  for (const char* name : names) {
    const auto at = object.find(name);
    if (at != object.end() && !at->is_null()) return &*at;
  }
  return nullptr;
}

}  // namespace

struct Config::Object {
  Json json;
};

Config::Config(std::shared_ptr<const Object> object)
    : object_(std::move(object)) {}

Result<Config> Config::Parse(std::string_view json) {
  Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return Status(Code::kCorrupt, "the configuration is not a JSON object");
  }
  return Config(std::make_shared<const Object>(Object{std::move(parsed)}));
}

bool Config::Has(const char* name) const {
  return Find(object_->json, {name}) != nullptr;
}

double Config::Number(Names names, double fallback) {
  const Json* value = Find(object_->json, names);
  if (value == nullptr) return fallback;
  if (!value->is_number() || !std::isfinite(value->get<double>())) {
    Complain(*names.begin());
    return fallback;
  }
  return value->get<double>();
}

std::string Config::Text(Names names, const std::string& fallback) {
  const Json* value = Find(object_->json, names);
  if (value == nullptr) return fallback;
  if (!value->is_string()) {
    Complain(*names.begin());
    return fallback;
  }
  return value->get<std::string>();
}

bool Config::Flag(Names names, bool fallback) {
  const Json* value = Find(object_->json, names);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) {
    Complain(*names.begin());
    return fallback;
  }
  return value->get<bool>();
}

uint32_t Config::Size(Names names, uint32_t fallback) {
  const double value = Number(names, fallback);
  if (value < 0 || value > kMaxSize || value != std::floor(value)) {
    Complain(*names.begin());
    return fallback;
  }
  return static_cast<uint32_t>(value);
}

uint32_t Config::Size(Names names) {
  const uint32_t value = Size(names, 0);
  if (value > 0) return value;
  Complain(*names.begin());
  return 1;
}

std::vector<double> Config::Numbers(const char* name) {
  std::vector<double> values;
  const Json* list = Find(object_->json, {name});
  if (list == nullptr) return values;
  for (const Json& value : *list) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
      Complain(name);
      return {};
    }
    values.push_back(value.get<double>());
  }
  return values;
}

std::vector<std::string> Config::Texts(const char* name) {
  std::vector<std::string> values;
  const Json* list = Find(object_->json, {name});
  if (list == nullptr) return values;
  for (const Json& value : *list) {
    if (!value.is_string()) {
      Complain(name);
      return {};
    }
    values.push_back(value.get<std::string>());
  }
  return values;
}

Config Config::Child(const char* name) const {
  const Json* child = Find(object_->json, {name});
  const bool is_object = child != nullptr && child->is_object();
  return Config(std::make_shared<const Object>(
      Object{is_object ? *child : Json::object()}));
}

void Config::Complain(const std::string& name) {
  if (!status_.ok()) return;
  status_ = Status(Code::kCorrupt,
                   "the configuration's " + name + " is missing or wrong");
}

void Config::Refuse(const std::string& feature) {
  if (!status_.ok()) return;
  status_ = Status(Code::kUnsupported, feature + " is not supported");
}

void Config::Inherit(const Config& child) {
  if (status_.ok()) status_ = child.status();
}

}  // namespace lentil

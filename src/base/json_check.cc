// SPDX-License-Identifier: Apache-2.0
// A reader of events that builds nothing.

#include "base/json_check.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace lentil {
namespace {

using Json = nlohmann::json;

class Checker final : public nlohmann::json_sax<Json> {
 public:
  explicit Checker(const JsonLimits& limits) : limits_(limits) {}

  JsonFault fault() const { return fault_; }

  bool null() override { return Count(); }
  bool boolean(bool /*value*/) override { return Count(); }
  bool number_integer(number_integer_t /*value*/) override { return Count(); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return Count(); }
  bool number_float(number_float_t /*value*/,
                    const string_t& /*text*/) override {
    return Count();
  }
  bool string(string_t& /*value*/) override { return Count(); }
  bool binary(binary_t& /*value*/) override { return Count(); }
  bool start_array(size_t /*size*/) override { return Count() && Open(); }
  bool end_array() override { return Close(); }
  bool start_object(size_t /*size*/) override {
    if (limits_.has_unique_keys) keys_.emplace_back();
    return Count() && Open();
  }
  bool end_object() override {
    if (limits_.has_unique_keys) keys_.pop_back();
    return Close();
  }
  bool key(string_t& name) override {
    if (limits_.has_unique_keys && !keys_.back().insert(name).second) {
      return Fail(JsonFault::kRepeated);
    }
    return Count();
  }
  bool parse_error(size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  bool Fail(JsonFault fault) {
    fault_ = fault;
    return false;
  }
  bool Count() {
    if (open_ > limits_.depth) return Fail(JsonFault::kDeep);
    if (++events_ > limits_.events) return Fail(JsonFault::kLong);
    return true;
  }
  bool Open() {
    ++open_;
    return true;
  }
  bool Close() {
    --open_;
    return Count();
  }

  const JsonLimits limits_;
  JsonFault fault_ = JsonFault::kNone;
  int open_ = 0;
  uint64_t events_ = 0;
  std::vector<std::set<std::string>> keys_;  // of each open object
};

}  // namespace

JsonFault CheckJson(std::string_view text, const JsonLimits& limits) {
  Checker checker(limits);
  (void)Json::sax_parse(text.begin(), text.end(), &checker);
  return checker.fault();
}

}  // namespace lentil

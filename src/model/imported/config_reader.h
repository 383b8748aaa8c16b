// SPDX-License-Identifier: Apache-2.0
// config.json, key by key: each under all the names it goes by. The first thing
// that is wrong stays in status(); later answers are then of no account.

#ifndef LENTIL_MODEL_IMPORTED_CONFIG_READER_H_
#define LENTIL_MODEL_IMPORTED_CONFIG_READER_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace lentil {

class Config {
 public:
  using Names = std::initializer_list<const char*>;

  // kCorrupt if it is not a JSON object.
  static Result<Config> Parse(std::string_view json);

  // Keys that are null count as missing. A number must be finite.
  bool Has(const char* name) const;
  double Number(Names names, double fallback);
  std::string Text(Names names, const std::string& fallback);
  bool Flag(Names names, bool fallback);
  // A whole number from 0 to 2^24; from 1 and required without a fallback.
  uint32_t Size(Names names);
  uint32_t Size(Names names, uint32_t fallback);
  // Lists; empty if missing.
  std::vector<double> Numbers(const char* name);
  std::vector<std::string> Texts(const char* name);
  // The object of this name, or an empty one.
  Config Child(const char* name) const;

  void Complain(const std::string& name);   // kCorrupt: its value is wrong
  void Refuse(const std::string& feature);  // kUnsupported
  void Inherit(const Config& child);        // its error, if there is one
  const Status& status() const { return status_; }

 private:
  struct Object;  // JSON
  explicit Config(std::shared_ptr<const Object> object);

  std::shared_ptr<const Object> object_;
  Status status_;
};

}  // namespace lentil

#endif  // LENTIL_MODEL_IMPORTED_CONFIG_READER_H_

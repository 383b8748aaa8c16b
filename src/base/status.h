// SPDX-License-Identifier: Apache-2.0
// Errors as values: Status, Result<T> and the two macros that pass them on.
//
// A message names the thing and the next step, in lower case and without a
// final full stop; the caller in front adds the file name.

#ifndef LENTIL_BASE_STATUS_H_
#define LENTIL_BASE_STATUS_H_

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace lentil {

// What went wrong, coarse enough for a caller to act on. Values are part of the
// C API and never change.
enum class Code : uint8_t {
  kOk = 0,
  kInvalidArgument = 1,  // the caller's mistake: an option, a size, a handle
  kIo = 2,               // reading, writing, permission, disk full
  kExists = 3,           // the output is there already
  kCorrupt = 4,          // the data are damaged, truncated or lie
  kUnsupported = 5,      // a format or numerics version this build lacks
  kWrongModel = 6,       // the model is missing or not the one the file names
  kResourceLimit = 7,    // would need more memory than allowed
  kCancelled = 8,        // the user or a callback stopped it
  kVerifyFailed = 9,     // decoding what was written gave other bytes
  kInternal = 10,        // a defect of this program
  // 11 is LENTIL_TOO_SMALL, which only the C API returns.
  kWrongSample = 12,  // the sample is missing or not the one the file names
};

// Success, or a code with a message. Cheap to move; cheap when ok.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message)
      : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same error with `context` and ": " in front of its message.
  Status WithContext(const std::string& context) const {
    return ok() ? *this : Status(code_, context + ": " + message_);
  }

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// A value or the Status that explains its absence.
template <class T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): so that functions return T
  Result(T value) : value_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): or a Status
  Result(Status status) : status_(std::move(status)) {
    assert(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

#define LENTIL_CONCAT_INNER(a, b) a##b
#define LENTIL_CONCAT(a, b) LENTIL_CONCAT_INNER(a, b)

// Returns from the enclosing function if `expr` is an error.
#define LENTIL_RETURN_IF_ERROR(expr)               \
  do {                                             \
    ::lentil::Status lentil_status = (expr);       \
    if (!lentil_status.ok()) return lentil_status; \
  } while (false)

// Declares or assigns `lhs` from a Result, or returns its error.
#define LENTIL_ASSIGN_OR_RETURN(lhs, expr)                                    \
  LENTIL_ASSIGN_OR_RETURN_INNER(LENTIL_CONCAT(lentil_result_, __LINE__), lhs, \
                                expr)
#define LENTIL_ASSIGN_OR_RETURN_INNER(result, lhs, expr) \
  auto result = (expr);                                  \
  if (!result.ok()) return result.status();              \
  lhs = std::move(result).value()

}  // namespace lentil

#endif  // LENTIL_BASE_STATUS_H_

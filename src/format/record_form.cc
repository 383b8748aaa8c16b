// SPDX-License-Identifier: Apache-2.0
// How a file falls into records.

#include "format/record_form.h"

#include <cstring>
#include <limits>
#include <string>

#include "base/endian.h"

namespace lentil {
namespace {

constexpr size_t kLengthBytes = 4;

// The record at `at`, and where the next begins; false if it is not whole.
bool ReadOne(std::span<const uint8_t> bytes, RecordForm form, size_t at,
             RecordPlace* record, size_t* next) {
  const size_t left = bytes.size() - at;
  if (form == RecordForm::kLines) {
    if (left == 0) return false;
    const void* end = std::memchr(bytes.data() + at, '\n', left);
    if (end == nullptr) return false;
    const auto stop =
        static_cast<size_t>(static_cast<const uint8_t*>(end) - bytes.data());
    *record = {static_cast<uint32_t>(at), static_cast<uint32_t>(stop - at)};
    *next = stop + 1;
    return true;
  }
  if (left < kLengthBytes) return false;
  const auto size = LoadLe<uint32_t>(bytes.data() + at);
  if (size > left - kLengthBytes) return false;
  *record = {static_cast<uint32_t>(at + kLengthBytes), size};
  *next = at + kLengthBytes + size;
  return true;
}

}  // namespace

std::vector<RecordPlace> WholeRecords(std::span<const uint8_t> bytes,
                                      RecordForm form, size_t most,
                                      size_t* used) {
  std::vector<RecordPlace> records;
  *used = 0;
  RecordPlace record;
  while (records.size() < most && ReadOne(bytes, form, *used, &record, used)) {
    records.push_back(record);
  }
  return records;
}

Result<std::vector<RecordPlace>> SplitRecords(std::span<const uint8_t> bytes,
                                              RecordForm form, bool* open) {
  size_t used = 0;
  std::vector<RecordPlace> records =
      WholeRecords(bytes, form, std::numeric_limits<size_t>::max(), &used);
  *open = used < bytes.size();
  if (!*open) return records;
  if (form != RecordForm::kLines) {
    return Status(Code::kInvalidArgument,
                  "no length-prefixed records: the one at byte " +
                      std::to_string(used) + " passes the end");
  }
  records.push_back({static_cast<uint32_t>(used),
                     static_cast<uint32_t>(bytes.size() - used)});
  return records;
}

}  // namespace lentil

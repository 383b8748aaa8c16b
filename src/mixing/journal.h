// SPDX-License-Identifier: Apache-2.0
// What a record changed of the context models' state, to be put back after it.

#ifndef LENTIL_MIXING_JOURNAL_H_
#define LENTIL_MIXING_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace lentil {

// Old values in the order they were kept, in at most kMaxBytes. Not
// thread-safe.
class Journal {
 public:
  static constexpr size_t kMaxBytes = size_t{8} << 20;

  // Notes `count` values from `place` on, before they are changed.
  template <class T>
  void Keep(T* place, size_t count = 1) {
    static_assert(std::is_trivially_copyable_v<T>);
    const Entry entry = {place, count * sizeof(T)};
    const size_t at = bytes_.size();
    if (at + entry.size + sizeof(entry) > kMaxBytes) {
      is_full_ = true;
      return;
    }
    bytes_.resize(at + entry.size + sizeof(entry));
    std::memcpy(&bytes_[at], place, entry.size);
    std::memcpy(&bytes_[at + entry.size], &entry, sizeof(entry));
  }

  // Puts everything back and forgets it. False if something was not kept for
  // lack of room: then the state has to come from elsewhere.
  bool Undo() {
    while (!bytes_.empty() && !is_full_) {
      Entry entry;
      size_t at = bytes_.size() - sizeof(entry);
      std::memcpy(&entry, &bytes_[at], sizeof(entry));
      at -= entry.size;
      std::memcpy(entry.place, &bytes_[at], entry.size);
      bytes_.resize(at);
    }
    bytes_.clear();
    const bool is_whole = !is_full_;
    is_full_ = false;
    return is_whole;
  }

 private:
  struct Entry {
    void* place;
    size_t size;
  };

  std::vector<uint8_t> bytes_;
  bool is_full_ = false;
};

}  // namespace lentil

#endif  // LENTIL_MIXING_JOURNAL_H_

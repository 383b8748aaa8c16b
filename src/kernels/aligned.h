// SPDX-License-Identifier: Apache-2.0
// Owned memory aligned for every vector width, zeroed at birth.

#ifndef LENTIL_KERNELS_ALIGNED_H_
#define LENTIL_KERNELS_ALIGNED_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>

namespace lentil {

inline constexpr size_t kAlignment = 64;  // a cache line, an AVX-512 vector

// From 2 MiB on it asks the system for large pages: where every access goes
// somewhere else, finding the page costs as much as the access.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(size_t size);
  AlignedBytes(const AlignedBytes& other) : AlignedBytes(other.size_) {
    *this = other;
  }
  AlignedBytes(AlignedBytes&&) = default;
  AlignedBytes& operator=(const AlignedBytes& other);
  AlignedBytes& operator=(AlignedBytes&&) = default;

  uint8_t* data() { return data_.get(); }
  const uint8_t* data() const { return data_.get(); }
  size_t size() const { return size_; }
  void Clear() {
    if (size_ != 0) std::memset(data_.get(), 0, size_);
  }

 private:
  struct Free {
    void operator()(uint8_t* p) const;
    size_t alignment;
  };
  size_t size_ = 0;
  std::unique_ptr<uint8_t, Free> data_{nullptr, Free{kAlignment}};
};

// The same as n elements, whose zero is all bits zero.
template <class T>
class AlignedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  AlignedArray() = default;
  explicit AlignedArray(size_t n) : bytes_(n * sizeof(T)) {}

  T* data() { return reinterpret_cast<T*>(bytes_.data()); }
  const T* data() const { return reinterpret_cast<const T*>(bytes_.data()); }
  size_t size() const { return bytes_.size() / sizeof(T); }
  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size(); }

 private:
  AlignedBytes bytes_;
};

}  // namespace lentil

#endif  // LENTIL_KERNELS_ALIGNED_H_

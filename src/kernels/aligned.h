// SPDX-License-Identifier: Apache-2.0
// Owned memory aligned for every vector width, zeroed at birth.

#ifndef LENTIL_KERNELS_ALIGNED_H_
#define LENTIL_KERNELS_ALIGNED_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace lentil {

inline constexpr size_t kAlignment = 64;  // a cache line, an AVX-512 vector

class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(size_t size)
      : size_(size),
        data_(static_cast<uint8_t*>(
            ::operator new (size, std::align_val_t{kAlignment}))) {
    Clear();
  }

  uint8_t* data() { return data_.get(); }
  const uint8_t* data() const { return data_.get(); }
  size_t size() const { return size_; }
  void Clear() {
    if (size_ != 0) std::memset(data_.get(), 0, size_);
  }

 private:
  struct Free {
    void operator()(uint8_t* p) const {
      ::operator delete (p, std::align_val_t{kAlignment});
    }
  };
  size_t size_ = 0;
  std::unique_ptr<uint8_t, Free> data_;
};

}  // namespace lentil

#endif  // LENTIL_KERNELS_ALIGNED_H_

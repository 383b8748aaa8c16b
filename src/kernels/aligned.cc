// SPDX-License-Identifier: Apache-2.0
#include "kernels/aligned.h"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace lentil {
namespace {

constexpr size_t kLargePage = 2u << 20;

// Advice: without large pages all works the same.
void AskForLargePages(void* data, size_t size) {
#if defined(MADV_HUGEPAGE)
  (void)madvise(data, size, MADV_HUGEPAGE);
#else
  (void)data, (void)size;
#endif
}

}  // namespace

AlignedBytes::AlignedBytes(size_t size) : size_(size) {
  const size_t alignment = size < kLargePage ? kAlignment : kLargePage;
  void* const data = ::operator new (size, std::align_val_t{alignment});
  data_ = decltype(data_)(static_cast<uint8_t*>(data), Free{alignment});
  if (alignment == kLargePage) AskForLargePages(data, size);
  Clear();
}

AlignedBytes& AlignedBytes::operator=(const AlignedBytes& other) {
  if (size_ != other.size_) *this = AlignedBytes(other.size_);
  if (size_ != 0) std::memcpy(data_.get(), other.data_.get(), size_);
  return *this;
}

void AlignedBytes::Free::operator()(uint8_t* p) const {
  ::operator delete (p, std::align_val_t{alignment});
}

}  // namespace lentil

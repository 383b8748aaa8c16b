// SPDX-License-Identifier: Apache-2.0
// XXH3, 64 bits: the checksum of frames, sources and models. Not cryptographic.

#ifndef LENTIL_BASE_HASH_H_
#define LENTIL_BASE_HASH_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace lentil {

// XXH3-64 with seed 0, as published. About 10 GB/s.
uint64_t Hash64(std::span<const uint8_t> bytes);

// The low half of Hash64, for places where four bytes must do.
inline uint32_t Hash32(std::span<const uint8_t> bytes) {
  return static_cast<uint32_t>(Hash64(bytes));
}

// How a hash is shown: 16 digits, lower-case hexadecimal.
std::string HashText(uint64_t hash);

// Hash64 of bytes that arrive in pieces. Digest may be asked at any time.
class StreamHash {
 public:
  StreamHash();
  ~StreamHash();
  StreamHash(StreamHash&&) noexcept;
  StreamHash& operator=(StreamHash&&) noexcept;

  void Reset();
  void Update(std::span<const uint8_t> bytes);
  uint64_t Digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lentil

#endif  // LENTIL_BASE_HASH_H_

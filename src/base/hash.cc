// SPDX-License-Identifier: Apache-2.0
// XXH3 through libxxhash, inlined from its header.

#include "base/hash.h"

#include <cinttypes>
#include <cstdio>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace lentil {

struct StreamHash::State {
  XXH3_state_t xxh;  // has its own alignment, which operator new respects
};

uint64_t Hash64(std::span<const uint8_t> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::string HashText(uint64_t hash) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016" PRIx64, hash);
  return text;
}

StreamHash::StreamHash() : state_(std::make_unique<State>()) { Reset(); }
StreamHash::~StreamHash() = default;
StreamHash::StreamHash(StreamHash&&) noexcept = default;
StreamHash& StreamHash::operator=(StreamHash&&) noexcept = default;

void StreamHash::Reset() { XXH3_64bits_reset(&state_->xxh); }

void StreamHash::Update(std::span<const uint8_t> bytes) {
  XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size());
}

uint64_t StreamHash::Digest() const { return XXH3_64bits_digest(&state_->xxh); }

}  // namespace lentil

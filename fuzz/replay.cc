// SPDX-License-Identifier: Apache-2.0
// main() for fuzz targets without libFuzzer: feeds every file of a folder, its
// prefixes and copies with one byte changed, a few hundred of each at most.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kVariants = 200;

// A copy on the heap of exactly this size, so that sanitizers see its ends.
void Feed(Bytes bytes) {
  bytes.shrink_to_fit();
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void FeedWithVariants(const Bytes& bytes) {
  Feed(bytes);
  const size_t step = bytes.size() / kVariants + 1;
  for (size_t at = 0; at < bytes.size(); at += step) {
    Feed(Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(at)));
    Bytes changed = bytes;
    changed[at] ^= static_cast<uint8_t>(1 + at % 255);
    Feed(changed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      const auto bytes = lentil::ReadFile(entry.path().string());
      if (!bytes.ok()) {
        std::fprintf(stderr, "%s: %s\n", entry.path().c_str(),
                     bytes.status().message().c_str());
        return 1;
      }
      FeedWithVariants(*bytes);
      ++files;
    }
  }
  std::printf("%zu files\n", files);
  return files > 0 ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
#include "seeds.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "dice.h"

namespace lentil {
namespace {

void Check(lentil_error error, const char* what) {
  if (error == LENTIL_OK) return;
  std::fprintf(stderr, "%s: %s\n", what, lentil_error_name(error));
  std::abort();
}

// Lines of a log, behind their lengths if they are to be.
Bytes Lines(int begin, int end, bool with_lengths = false) {
  Bytes bytes;
  for (int i = begin; i < end; ++i) {
    const std::string line = "user " + std::to_string(i * 37 % 101) +
                             " logged in on node-" + std::to_string(i % 7);
    if (with_lengths) {
      bytes.push_back(static_cast<uint8_t>(line.size()));
      bytes.resize(bytes.size() + 3);
    }
    bytes.insert(bytes.end(), line.begin(), line.end());
    if (!with_lengths) bytes.push_back('\n');
  }
  return bytes;
}

// 16-bit samples of a rising tone.
Bytes Wave(size_t n) {
  Bytes bytes;
  for (size_t i = 0; i < n; ++i) {
    const auto value = static_cast<uint16_t>(i * i % 4001 + i % 7);
    bytes.push_back(static_cast<uint8_t>(value));
    bytes.push_back(static_cast<uint8_t>(value >> 8));
  }
  return bytes;
}

Bytes Noise(size_t n) {
  Dice dice(n);
  Bytes bytes(n);
  for (uint8_t& byte : bytes) byte = dice.Byte();
  return bytes;
}

// One container for each source.
std::vector<ContainerPart> Compressed(int level, int form,
                                      const lentil_sample* sample,
                                      const std::vector<Bytes>& sources) {
  Codec codec(level);
  Check(lentil_codec_set_records(codec.get(), form), "records");
  Check(lentil_codec_set_sample(codec.get(), sample), "sample");
  std::vector<ContainerPart> parts;
  for (const Bytes& source : sources) {
    Bytes file;
    Check(codec.Compress(source, &file), "compress");
    TakeApart(file, source, &parts);
  }
  return parts;
}

bool HasModel(const char* name) { return EmbeddedModel(name) != nullptr; }

}  // namespace

SampleHandle MakeSample() {
  // Lines, and length-prefixed records as well: one of 0x75736572 bytes it is
  // not, so each form has a sample of its own.
  const Bytes text = Lines(0, 40);
  lentil_sample* sample = nullptr;
  Check(lentil_sample_new(text.data(), text.size(), &sample), "sample");
  return SampleHandle(sample);
}

std::vector<std::vector<ContainerPart>> MakeSeeds(const lentil_sample* sample) {
  std::vector<std::vector<ContainerPart>> seeds;
  std::vector<int> levels = {0, 1};
  if (HasModel("nano")) levels.push_back(3);
  if (HasModel("small")) levels.push_back(6);
  for (const int level : levels) {
    auto parts = Compressed(level, LENTIL_RECORDS_NONE, nullptr,
                            {Lines(200, 212), Lines(300, 310), Noise(60),
                             Wave(200), Lines(500, 505)});
    seeds.push_back({Join(parts)});
    seeds.push_back(std::move(parts));
  }
  for (const int level : levels) {
    if (level == 0) continue;
    auto parts = Compressed(level, LENTIL_RECORDS_LINES, sample,
                            {Lines(200, 212), Lines(320, 326)});
    seeds.push_back({Join(parts)});
    seeds.push_back(std::move(parts));
    if (level < 3) continue;
    seeds.push_back(
        {Join(Compressed(level, LENTIL_RECORDS_U32LE, nullptr,
                         {Lines(200, 208, true), Lines(320, 326, true)}))});
  }
  return seeds;
}

}  // namespace lentil

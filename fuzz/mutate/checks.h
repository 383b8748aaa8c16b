// SPDX-License-Identifier: Apache-2.0
// What must hold of any bytes that are given for an archive.

#ifndef LENTIL_FUZZ_MUTATE_CHECKS_H_
#define LENTIL_FUZZ_MUTATE_CHECKS_H_

#include <string>
#include <vector>

#include "dice.h"
#include "lentil/lentil.hpp"
#include "parts.h"

namespace lentil {

// What the parts are that an output may be made of.
struct Sources {
  std::vector<Bytes> containers;
  std::vector<Bytes> frames;
};

struct Verdict {
  std::string wrong;      // what must not be, or empty
  bool restored = false;  // the plain way
  bool salvaged = false;  // something
};

// Decodes as a stream, with salvage, by random access and by records, and
// lists.
Verdict CheckArchive(const Bytes& file, const Sources& sources,
                     const lentil_sample* sample, Dice* dice);

}  // namespace lentil

#endif  // LENTIL_FUZZ_MUTATE_CHECKS_H_

// SPDX-License-Identifier: Apache-2.0
// Which version of a compressor it is that was measured.

#ifndef LENTIL_BENCH_VERSION_H_
#define LENTIL_BENCH_VERSION_H_

#include <span>
#include <string>
#include <string_view>

#include "bench/child.h"
#include "bench/contender.h"

namespace lentil {

// The version in what a program says of itself: the first number with a point
// in its first line that is not blank, with what clings to it ("1.0-rc2"); ""
// if there is none.
std::string VersionIn(std::string_view text);

// Sets the version of every contender that can be asked for it. Each command
// runs once and for at most `time_limit` seconds; what fails, says nothing or
// takes longer leaves the version empty.
void FindVersions(double time_limit, Interrupt* interrupt,
                  std::span<Contender> contenders);

}  // namespace lentil

#endif  // LENTIL_BENCH_VERSION_H_

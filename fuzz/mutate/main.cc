// SPDX-License-Identifier: Apache-2.0
// Archives that are changed and then given right checksums, so that what lies
// behind these is reached; decoded in every way. A case repeats by its number:
//
//   archive_mutator --count 100000 --seed 1
//   archive_mutator --only 4711 --seed 1

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "checks.h"
#include "mutations.h"
#include "seeds.h"

namespace lentil {
namespace {

constexpr double kMostSeconds = 20;  // of CPU, for one case

uint64_t case_at_work = 0;

// Names the case that ended the program.
extern "C" void TellCase(int signal) {
  char text[64];
  const int n =
      std::snprintf(text, sizeof(text), "signal %d in case %llu\n", signal,
                    static_cast<unsigned long long>(case_at_work));
  if (write(2, text, static_cast<size_t>(n)) < 0) _exit(2);
  _exit(1);
}

double CpuSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct Summary {
  uint64_t cases = 0;
  uint64_t restored = 0;
  uint64_t salvaged = 0;
  uint64_t wrong = 0;
  double slowest = 0;
  uint64_t slowest_case = 0;
};

class Mutator {
 public:
  explicit Mutator(uint64_t seed)
      : seed_(seed), sample_(MakeSample()), seeds_(MakeSeeds(sample_.get())) {
    for (const auto& parts : seeds_) {
      for (const ContainerPart& part : parts) {
        others_.push_back(part);
        Bytes source;
        for (const FramePart& frame : part.frames) {
          source.insert(source.end(), frame.source.begin(), frame.source.end());
          sources_.frames.push_back(frame.source);
        }
        sources_.containers.push_back(std::move(source));
      }
    }
  }

  // Seeds themselves come back whole.
  bool SeedsAreRestored() {
    for (const auto& parts : seeds_) {
      Dice dice(2);  // its codecs have no limit of memory
      const Verdict verdict =
          CheckArchive(PutTogether(parts), sources_, sample_.get(), &dice);
      if (!verdict.restored || !verdict.wrong.empty()) return false;
    }
    return true;
  }

  void Run(uint64_t number, Summary* summary) {
    case_at_work = number;
    Dice dice(seed_ * 1'000'003 + number);
    std::vector<ContainerPart> parts = seeds_[dice.Below(seeds_.size())];
    if (!dice.OneIn(8)) MutateParts(others_, &dice, &parts);
    Bytes file = PutTogether(parts);
    if (dice.OneIn(5)) MutateBytes(&dice, &file);
    const double begin = CpuSeconds();
    const Verdict verdict = CheckArchive(file, sources_, sample_.get(), &dice);
    const double seconds = CpuSeconds() - begin;
    ++summary->cases;
    summary->restored += verdict.restored;
    summary->salvaged += verdict.salvaged;
    if (seconds > summary->slowest) {
      summary->slowest = seconds;
      summary->slowest_case = number;
    }
    if (verdict.wrong.empty() && seconds <= kMostSeconds) return;
    ++summary->wrong;
    std::printf("case %llu, %zu bytes: %s, %.1f s\n",
                static_cast<unsigned long long>(number), file.size(),
                verdict.wrong.c_str(), seconds);
  }

 private:
  const uint64_t seed_;
  const SampleHandle sample_;
  const std::vector<std::vector<ContainerPart>> seeds_;
  std::vector<ContainerPart> others_;
  Sources sources_;
};

int Main(int argc, char** argv) {
  uint64_t count = 2000;
  uint64_t seed = 1;
  uint64_t first = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (flag == "--count") count = value;
    if (flag == "--seed") seed = value;
    if (flag == "--only") first = value, count = 1;
  }
  std::signal(SIGSEGV, &TellCase);
  std::signal(SIGABRT, &TellCase);
  std::signal(SIGFPE, &TellCase);
  Mutator mutator(seed);
  if (!mutator.SeedsAreRestored()) {
    std::printf("a seed is not restored\n");
    return 1;
  }
  Summary summary;
  for (uint64_t i = 0; i < count; ++i) mutator.Run(first + i, &summary);
  std::printf(
      "%llu cases: %llu restored, %llu salvaged, %llu wrong; slowest %.2f s "
      "(case %llu)\n",
      static_cast<unsigned long long>(summary.cases),
      static_cast<unsigned long long>(summary.restored),
      static_cast<unsigned long long>(summary.salvaged),
      static_cast<unsigned long long>(summary.wrong), summary.slowest,
      static_cast<unsigned long long>(summary.slowest_case));
  return summary.wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace lentil

int main(int argc, char** argv) { return lentil::Main(argc, argv); }

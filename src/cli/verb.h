// SPDX-License-Identifier: Apache-2.0
// The verbs: one file and one row of the table in main.cc each.

#ifndef LENTIL_CLI_VERB_H_
#define LENTIL_CLI_VERB_H_

#include <string_view>

#include "cli/flags.h"

namespace lentil {

struct Verb {
  std::string_view name;
  std::string_view summary;  // one line for the list of verbs
  int (*run)(Args args);     // words after the verb → exit code
};

int RunCompress(Args args);
int RunDecompress(Args args);
int RunCat(Args args);
int RunTest(Args args);
int RunList(Args args);
int RunEval(Args args);
int RunContamination(Args args);
int RunMdl(Args args);
int RunGenerate(Args args);
int RunModel(Args args);
int RunSelftest(Args args);
int RunTrain(Args args);
int RunBench(Args args);
int RunRepro(Args args);

}  // namespace lentil

#endif  // LENTIL_CLI_VERB_H_

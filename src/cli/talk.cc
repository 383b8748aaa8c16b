// SPDX-License-Identifier: Apache-2.0
// What the program says on stderr, and how loudly.

#include "cli/talk.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "base/messages.h"

namespace lentil {

bool IsTerminal(int fd) { return isatty(fd) == 1; }

Talk::Talk(int loudness, Progress progress) : loudness_(loudness) {
  const bool wanted =
      progress == Progress::kOn ||
      (progress == Progress::kAuto && IsTerminal(STDERR_FILENO));
  shows_progress_ = wanted && loudness >= 2;
}

namespace {

// As many characters as fit, supposing one column each.
std::string_view Fitting(std::string_view text, size_t columns) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<uint8_t>(text[at]) & 0xC0) != 0x80;
    if (begins && columns-- == 0) break;
  }
  return text.substr(0, at);
}

// Columns of the terminal behind stderr; a common width if it does not say.
size_t TerminalWidth() {
  struct winsize size = {};
  const bool known =
      ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 120;
}

}  // namespace

// One write per line, so that lines of several processes do not mix.
void Talk::Say(int loudness, std::string_view line) {
  if (loudness_ < loudness) return;
  EndProgress();
  const std::string text = fmt::format("{}\n", Printable(line));
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

ExitCode Talk::Error(std::string_view file, const Status& status,
                     std::string_view next) {
  const ExitCode exit = ExitCodeFor(status.code());
  const bool silent =
      status.code() == Code::kCancelled && status.message().empty();
  if (silent) return exit;
  Say(1, fmt::format("lentil: {}{}{}{}{} (exit {})", file,
                     file.empty() ? "" : ": ", status.message(),
                     next.empty() ? "" : "; ", next, static_cast<int>(exit)));
  return exit;
}

void Talk::Note(std::string_view message) {
  Say(2, fmt::format("lentil: {}", message));
}

void Talk::Detail(std::string_view message) {
  Say(3, fmt::format("lentil: {}", message));
}

void Talk::Summary(std::string_view line) { Say(2, line); }

void Talk::ProgressLine(std::string_view line) {
  const std::string printable = Printable(line);
  const std::string text =
      fmt::format("\r{}\x1b[K", Fitting(printable, TerminalWidth() - 1));
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  line_stands_ = true;
}

void Talk::EndProgress() {
  if (!line_stands_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  line_stands_ = false;
}

bool Talk::Confirm(std::string_view question) {
  if (loudness_ < 1) return false;
  if (!IsTerminal(STDIN_FILENO) || !IsTerminal(STDERR_FILENO)) return false;
  EndProgress();
  fmt::print(stderr, "lentil: {} [y/N] ", Printable(question));
  std::fflush(stderr);
  char answer[16] = {};
  const ssize_t got = read(STDIN_FILENO, answer, sizeof(answer) - 1);
  return got > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

}  // namespace lentil

// SPDX-License-Identifier: Apache-2.0
// Files that appear when they are whole, and streams that are written at once.

#include "base/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/file.h"

namespace lentil {
namespace {

constexpr std::string_view kUnfinishedPrefix = ".lentil-";
constexpr std::string_view kUnfinishedSuffix = ".tmp";

// With its slash; "" for names without one.
std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string OrHere(const std::string& folder) {
  return folder.empty() ? "." : folder;
}

// Beside `path`. Never the user's name: that may be as long as names can be.
std::string UnfinishedPath(const std::string& path) {
  static std::atomic<uint32_t> counter{0};
  std::string name = FolderOf(path);
  name += kUnfinishedPrefix;
  name += std::to_string(getpid()) + "-" + std::to_string(counter.fetch_add(1));
  return name.append(kUnfinishedSuffix);
}

// N of /dev/fd/N and its like, -1 for other names. To open such a name would
// lose where the descriptor stands, and its O_APPEND.
int DescriptorOf(std::string_view path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view digits = path.substr(folder.size());
    const char* end = digits.data() + digits.size();
    int fd = -1;
    const auto [rest, error] = std::from_chars(digits.data(), end, fd);
    return error == std::errc() && rest == end ? fd : -1;
  }
  return -1;
}

// What a name stands for.
enum class Target { kDescriptor, kNothing, kFile, kStream };

// Says no to what can be no output: kIo, kExists.
Result<Target> TargetOf(const std::string& path, bool overwrite) {
  if (DescriptorOf(path) >= 0) return Target::kDescriptor;
  struct stat name = {};
  if (lstat(path.c_str(), &name) != 0) return Target::kNothing;
  struct stat named = {};
  const bool leads_somewhere = stat(path.c_str(), &named) == 0;
  if (leads_somewhere && S_ISDIR(named.st_mode)) {
    return Status(Code::kIo, "is a directory");
  }
  if (leads_somewhere && !S_ISREG(named.st_mode)) {
    struct stat folder = {};
    const bool is_ours = name.st_uid == 0 || name.st_uid == geteuid();
    if (!is_ours && stat(OrHere(FolderOf(path)).c_str(), &folder) == 0 &&
        (folder.st_mode & S_IWOTH) != 0) {
      return Status(Code::kIo,
                    "is no file, and somebody else's in a folder that "
                    "everybody may write to");
    }
    return Target::kStream;
  }
  if (!overwrite) return Status(Code::kExists, "already exists");
  return Target::kFile;
}

// A rename is on the disk only when its folder is. Not every file system can.
void SyncFolder(const std::string& path) {
  const int fd = open(OrHere(FolderOf(path)).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)fsync(fd);
  close(fd);
}

int OpenRetrying(const std::string& path, int flags, uint32_t mode) {
  int fd;
  do {
    fd = open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

std::string PathOfDescriptor(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

// A file without a name, -1 if there can be none: then nothing is left of it,
// whatever happens. To give it one takes /proc.
int OpenUnnamed(const std::string& path, uint32_t mode) {
  if (access("/proc/self/fd", X_OK) != 0) return -1;
  return OpenRetrying(OrHere(FolderOf(path)), O_TMPFILE | O_RDWR, mode);
}

Status FlushToDisk(int fd) {
  int failed = 0;
  do {
    failed = fsync(fd);
  } while (failed != 0 && errno == EINTR);
  if (failed != 0 && errno != EINVAL && errno != EROFS) {
    return ErrnoStatus("cannot flush to disk", errno);
  }
  return Status();
}

}  // namespace

Result<FileAttributes> AttributesOf(int fd) {
  struct stat found = {};
  if (fstat(fd, &found) != 0) return ErrnoStatus("cannot stat", errno);
  const bool has_list =
      fgetxattr(fd, "system.posix_acl_access", nullptr, 0) > 0;
  return FileAttributes{
      found.st_uid,
      found.st_gid,
      found.st_mode & (has_list ? uint32_t{S_IRWXU} : uint32_t{0777}),
      found.st_atim.tv_sec,
      found.st_atim.tv_nsec,
      found.st_mtim.tv_sec,
      found.st_mtim.tv_nsec};
}

Result<OutputFile> OutputFile::Open(const std::string& path,
                                    OutputOptions options) {
  LENTIL_ASSIGN_OR_RETURN(const Target target,
                          TargetOf(path, options.overwrite));
  switch (target) {
    case Target::kDescriptor:
      return Stream(fcntl(DescriptorOf(path), F_DUPFD_CLOEXEC, 0));
    case Target::kStream:
      return Stream(OpenRetrying(path, O_WRONLY | O_NOCTTY, 0));
    case Target::kNothing:
    case Target::kFile:
      break;
  }
  return Aside(path, options);
}

Result<OutputFile> OutputFile::Stream(int fd) {
  if (fd < 0) return ErrnoStatus("cannot open", errno);
  OutputFile file;
  file.fd_ = fd;
  return file;
}

Result<OutputFile> OutputFile::Aside(const std::string& path,
                                     const OutputOptions& options) {
  OutputFile file;
  file.is_file_ = true;
  file.path_ = path;
  file.options_ = options;
  file.fd_ = OpenUnnamed(path, options.mode);
  if (file.fd_ < 0) LENTIL_RETURN_IF_ERROR(file.OpenNamed());
  return file;
}

Status OutputFile::OpenNamed() {
  do {
    temporary_ = UnfinishedPath(path_);
    fd_ = OpenRetrying(temporary_, O_RDWR | O_CREAT | O_EXCL, options_.mode);
  } while (fd_ < 0 && errno == EEXIST);
  if (fd_ >= 0) return Status();
  temporary_.clear();
  return ErrnoStatus("cannot create", errno);
}

OutputFile::~OutputFile() { Discard(); }

OutputFile::OutputFile(OutputFile&& other) noexcept {
  *this = std::move(other);
}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  fd_ = std::exchange(other.fd_, -1);
  is_file_ = other.is_file_;
  flushed_ = other.flushed_;
  options_ = other.options_;
  path_ = std::move(other.path_);
  temporary_ = std::exchange(other.temporary_, "");
  written_ = other.written_;
  return *this;
}

void OutputFile::Discard() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  if (!temporary_.empty()) unlink(temporary_.c_str());
  temporary_.clear();
}

Status OutputFile::Write(std::span<const uint8_t> bytes) {
  flushed_ = false;
  return WriteAll(fd_, bytes, &written_);
}

// Members of the old group and of the new one alike get what both the group and
// others had: members of the old one are others now.
void OutputFile::TakeOver(const FileAttributes& from) {
  if (!is_file_) return;
  uint32_t mode = from.mode;
  if (fchown(fd_, static_cast<uid_t>(-1), from.group) != 0) {
    const uint32_t both = mode >> 3 & mode & 7;
    mode = (mode & S_IRWXU) | both << 3 | both;
  }
  (void)!fchmod(fd_, mode);
  (void)!fchown(fd_, from.owner, static_cast<gid_t>(-1));
  const struct timespec times[2] = {
      {from.read_seconds, from.read_nanoseconds},
      {from.change_seconds, from.change_nanoseconds}};
  (void)!futimens(fd_, times);
}

// Once: the system tells of a failure once, and calls the next flush a success.
Status OutputFile::Flush() {
  if (flushed_ || !is_file_) return Status();
  LENTIL_RETURN_IF_ERROR(FlushToDisk(fd_));
  flushed_ = true;
  return Status();
}

// link(2) refuses an existing name, which rename(2) would replace. File systems
// without hard links fall back to it, having looked once more.
Status OutputFile::AppearAsNew() {
  if (LinkAs(path_)) return Status();
  struct stat found = {};
  if (errno == EEXIST || lstat(path_.c_str(), &found) == 0) {
    return Status(Code::kExists, "already exists");
  }
  return RenameNamed();
}

Status OutputFile::AppearOver() {
  if (temporary_.empty()) {
    std::string name = UnfinishedPath(path_);
    if (LinkAs(name)) temporary_ = std::move(name);
  }
  return RenameNamed();
}

bool OutputFile::LinkAs(const std::string& name) const {
  if (!temporary_.empty()) return link(temporary_.c_str(), name.c_str()) == 0;
  return linkat(AT_FDCWD, PathOfDescriptor(fd_).c_str(), AT_FDCWD, name.c_str(),
                AT_SYMLINK_FOLLOW) == 0;
}

Status OutputFile::RenameNamed() {
  LENTIL_RETURN_IF_ERROR(CopyToNamed());
  if (rename(temporary_.c_str(), path_.c_str()) != 0) {
    return ErrnoStatus("cannot rename", errno);
  }
  temporary_.clear();
  return Status();
}

// Where a file without a name can get none after all, one with a name takes its
// place. Nothing to do for a file that has one.
Status OutputFile::CopyToNamed() {
  if (!temporary_.empty()) return Status();
  const int from = fd_;
  const Result<FileAttributes> attributes = AttributesOf(from);
  Status status = OpenNamed();
  std::vector<uint8_t> piece(size_t{1} << 20);
  lseek(from, 0, SEEK_SET);
  for (size_t got = piece.size(); status.ok() && got == piece.size();) {
    const Result<size_t> read = ReadSome(from, piece);
    got = read.ok() ? *read : 0;
    status =
        read.ok() ? WriteAll(fd_, std::span(piece).first(got)) : read.status();
  }
  close(from);
  if (!status.ok()) return status;
  if (attributes.ok()) TakeOver(*attributes);
  return FlushToDisk(fd_);
}

Status OutputFile::Commit() {
  Status status = Flush();
  if (status.ok() && is_file_) {
    status = options_.overwrite ? AppearOver() : AppearAsNew();
  }
  if (fd_ >= 0 && close(std::exchange(fd_, -1)) != 0 && status.ok()) {
    status = ErrnoStatus("cannot close", errno);
  }
  Discard();
  if (status.ok() && is_file_) SyncFolder(path_);
  return status;
}

Result<OutputKind> CheckOutput(const std::string& path,
                               const OutputOptions& options) {
  LENTIL_ASSIGN_OR_RETURN(const Target target,
                          TargetOf(path, options.overwrite));
  if (target == Target::kStream) {
    if (access(path.c_str(), W_OK) == 0) return OutputKind::kStream;
    return ErrnoStatus("cannot open", errno);
  }
  LENTIL_ASSIGN_OR_RETURN(const OutputFile file,
                          OutputFile::Open(path, options));
  return file.is_file() ? OutputKind::kFile : OutputKind::kStream;
}

Status WriteFile(const std::string& path, std::span<const uint8_t> bytes) {
  LENTIL_ASSIGN_OR_RETURN(OutputFile file,
                          OutputFile::Open(path, {.overwrite = true}));
  LENTIL_RETURN_IF_ERROR(file.Write(bytes));
  return file.Commit();
}

bool IsUnfinishedName(std::string_view name) {
  if (!name.starts_with(kUnfinishedPrefix) ||
      !name.ends_with(kUnfinishedSuffix)) {
    return false;
  }
  name.remove_prefix(kUnfinishedPrefix.size());
  name.remove_suffix(std::min(name.size(), kUnfinishedSuffix.size()));
  const size_t dash = name.find('-');
  const auto are_digits = [](std::string_view text) {
    return !text.empty() &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return dash != std::string_view::npos && are_digits(name.substr(0, dash)) &&
         are_digits(name.substr(dash + 1));
}

}  // namespace lentil

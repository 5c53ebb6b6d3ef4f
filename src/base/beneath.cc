#include "base/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <utility>
#include <vector>

namespace wws::base {
namespace {

constexpr int kReading = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
/// The kernel answers EAGAIN when something was renamed while it looked: look again, but not for ever.
constexpr int kAttempts = 8;
/// As many as the kernel follows.
constexpr unsigned kMostLinks = 40;

long call_openat2(int folder, const char* path) noexcept {
  open_how how{};
  how.flags = kReading;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return syscall(SYS_openat2, folder, path, &how, sizeof how);
}

File open_by_kernel(const File& folder, const std::string& path) noexcept {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const long fd = call_openat2(folder.fd(), path.c_str());
    if (fd >= 0) return File(static_cast<int>(fd));
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return File();
}

File fail_with(int error) noexcept {
  errno = error;
  return File();
}

/// The names of a path that are left to go, the next one last.
class Names {
 public:
  explicit Names(std::string_view path) { push(path); }

  void push(std::string_view path) {
    while (!path.empty()) {
      const std::size_t slash = path.rfind('/');
      const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
      if (!name.empty() && name != ".") names_.emplace_back(name);
      path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
    }
  }
  [[nodiscard]] bool empty() const noexcept { return names_.empty(); }
  std::string pop() {
    std::string name = std::move(names_.back());
    names_.pop_back();
    return name;
  }

 private:
  std::vector<std::string> names_;
};

/// Each folder on the way is open, so that ".." is the one that was come from, wherever it is by now.
File open_by_hand(const File& folder, const std::string& path) {
  if (path.starts_with('/')) return fail_with(EXDEV);
  Names left(path);
  std::vector<File> way;
  unsigned links = 0;
  const auto here = [&] { return way.empty() ? folder.fd() : way.back().fd(); };
  while (!left.empty()) {
    const std::string name = left.pop();
    if (name == "..") {
      if (way.empty()) return fail_with(EXDEV);
      way.pop_back();
      continue;
    }
    File next(openat(here(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!next || fstat(next.fd(), &status) != 0) return fail_with(errno);
    if (S_ISLNK(status.st_mode)) {
      if (++links > kMostLinks) return fail_with(ELOOP);
      std::array<char, PATH_MAX> target{};
      const ssize_t size = readlinkat(next.fd(), "", target.data(), target.size());
      if (size < 0) return fail_with(errno);
      if (size > 0 && target[0] == '/') return fail_with(EXDEV);
      left.push({target.data(), static_cast<std::size_t>(size)});
    } else if (left.empty()) {
      // If a link was put here meanwhile it is not followed.
      return File(openat(here(), name.c_str(), kReading | O_NOFOLLOW));
    } else if (!S_ISDIR(status.st_mode)) {
      return fail_with(ENOTDIR);
    } else {
      way.push_back(std::move(next));
    }
  }
  return File(openat(here(), ".", kReading | O_DIRECTORY));
}

}  // namespace

Resolver available_resolver() noexcept {
  // A path that is not there tells whether the call is.
  const long fd = call_openat2(-1, "x");
  return fd < 0 && (errno == ENOSYS || errno == EPERM) ? Resolver::kByHand : Resolver::kKernel;
}

File open_start(const std::string& path) noexcept {
  if (File file(open(path.c_str(), O_PATH | O_CLOEXEC)); file || errno != EPERM) return file;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  return File(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
}

File open_beneath(const File& folder, const std::string& path, Resolver resolver) noexcept {
  return resolver == Resolver::kKernel ? open_by_kernel(folder, path) : open_by_hand(folder, path);
}

}  // namespace wws::base

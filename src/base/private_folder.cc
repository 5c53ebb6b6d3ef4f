#include "base/private_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <deque>
#include <string>
#include <system_error>

namespace wws::base {
namespace fs = std::filesystem;
namespace {

/// As many as the kernel follows.
constexpr unsigned kMostLinksToIt = 40;
constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;

std::unexpected<Error> failed(const fs::path& place, std::string_view what) {
  return fail(ErrorCode::kIo, place.string() + ": " + std::string(what));
}

bool is_trusted(uid_t owner) noexcept { return owner == 0 || owner == geteuid(); }

/// A way from the root to a folder, one name at a time.
class Way {
 public:
  explicit Way(const fs::path& path) { prepend(path); }

  Result<File> walk() {
    if (auto begun = begin(); !begun) return fail(begun);
    while (!left_.empty()) {
      const std::string name = std::move(left_.front());
      left_.pop_front();
      if (auto taken = step(name); !taken) return fail(taken);
    }
    return finish();
  }

 private:
  void prepend(const fs::path& path) {
    const fs::path names = path.relative_path();
    std::deque<std::string> before;
    for (const fs::path& name : names) {
      if (!name.empty() && name != ".") before.push_back(name.string());
    }
    left_.insert(left_.begin(), before.begin(), before.end());
  }

  Result<void> begin() {
    place_ = "/";
    at_ = File(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    return check();
  }

  Result<void> step(const std::string& name) {
    const fs::path next_place = (place_ / name).lexically_normal();
    const auto look = [&] { return File(openat(at_.fd(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)); };
    File next = look();
    if (!next && errno == ENOENT) {
      if (mkdirat(at_.fd(), name.c_str(), 0700) != 0 && errno != EEXIST)
        return failed(next_place, "the folder cannot be made: " + errno_text(errno));
      next = look();
    }
    struct stat status{};
    if (!next || fstat(next.fd(), &status) != 0) return failed(next_place, errno_text(errno));
    if (S_ISLNK(status.st_mode)) return follow(next, next_place, status.st_uid);
    at_ = std::move(next);
    place_ = next_place;
    return check();
  }

  Result<void> follow(const File& link, const fs::path& link_place, uid_t owner) {
    if (left_.empty()) return failed(link_place, "a link; name the folder that it leads to");
    if (!is_trusted(owner)) return failed(link_place, "a link of another user");
    if (++links_ > kMostLinksToIt) return failed(link_place, errno_text(ELOOP));
    std::string target(PATH_MAX, '\0');
    const ssize_t size = readlinkat(link.fd(), "", target.data(), target.size());
    if (size < 0) return failed(link_place, errno_text(errno));
    target.resize(static_cast<std::size_t>(size));
    prepend(target);
    if (target.starts_with('/')) return begin();
    return {};
  }

  /// What was reached, as a place on the way.
  Result<void> check() {
    if (!at_ || fstat(at_.fd(), &status_) != 0) return failed(place_, errno_text(errno));
    if (!S_ISDIR(status_.st_mode)) return failed(place_, "not a folder");
    if (left_.empty()) return {};  // finish() is stricter
    if (!is_trusted(status_.st_uid))
      return failed(place_, "belongs to another user, who could replace what is below it");
    if ((status_.st_mode & kWritableByOthers) != 0 && (status_.st_mode & S_ISVTX) == 0)
      return failed(place_, "others may write to it and replace what is below it; run chmod go-w on it");
    return {};
  }

  /// What was reached, as the folder itself.
  Result<File> finish() {
    if (status_.st_uid != geteuid()) return failed(place_, "belongs to another user");
    if ((status_.st_mode & kWritableByOthers) != 0)
      return failed(place_, "others may write to it; run chmod 700 on it");
    File folder(openat(at_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return failed(place_, errno_text(errno));
    return folder;
  }

  fs::path place_;
  File at_;
  struct stat status_{};
  std::deque<std::string> left_;
  unsigned links_ = 0;
};

}  // namespace

Result<File> open_private_folder(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return failed(path, error.message());
  return Way(absolute).walk();
}

bool is_private_file(const struct stat& status) noexcept {
  return S_ISREG(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & kWritableByOthers) == 0;
}

}  // namespace wws::base

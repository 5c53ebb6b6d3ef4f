#include "folders/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/utf8.h"

namespace wws::folders {
namespace {

/// The kernel answers EAGAIN when something was renamed while it looked: look again, but not for ever.
constexpr int kAttempts = 128;
constexpr unsigned kNewFileMode = 0666;

}  // namespace

Errno open_beneath(int folder, const std::string& path, int flags, LastLink last, base::File& file) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC | (last == LastLink::kItself ? O_NOFOLLOW : 0));
  if ((flags & O_PATH) == 0) how.flags |= static_cast<unsigned>(O_NONBLOCK | O_NOCTTY);
  if ((flags & O_CREAT) != 0) how.mode = kNewFileMode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const long fd = syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    if (fd >= 0) {
      file = base::File(static_cast<int>(fd));
      return Errno::kSuccess;
    }
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return errno == EXDEV ? Errno::kPerm : to_wasi(errno);
}

Errno find_entry(int folder, std::string_view path, Errno for_dots, Entry& entry) {
  if (path.starts_with('/')) return Errno::kPerm;
  const std::size_t end = path.find_last_not_of('/');
  entry.must_be_folder = end + 1 < path.size();
  path = path.substr(0, end + 1);
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const std::string parent(slash == std::string_view::npos ? "." : path.substr(0, slash + 1));
  if (name == "." || name == "..") {
    // Whether it is there, and here, is seen first.
    base::File there;
    const Errno found =
        open_beneath(folder, std::string(path), O_PATH | O_DIRECTORY, LastLink::kFollowed, there);
    return found == Errno::kSuccess ? for_dots : found;
  }
  entry.name = name;
  return open_beneath(folder, parent, O_PATH | O_DIRECTORY, LastLink::kFollowed, entry.folder);
}

Errno check_path(std::string_view path) noexcept {
  if (path.empty()) return Errno::kNoent;
  if (path.find('\0') != std::string_view::npos) return Errno::kInval;
  return base::is_utf8(path) ? Errno::kSuccess : Errno::kIlseq;
}

}  // namespace wws::folders

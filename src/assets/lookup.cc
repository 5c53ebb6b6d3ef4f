#include "assets/lookup.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "http/url.h"

namespace wws::assets {
namespace {

/// The kernel answers EAGAIN when something was renamed while it looked: look again, but not for ever.
constexpr int kAttempts = 8;

/// Opens for reading without leaving `project` by "..", absolute or magic links, and without waiting for
/// the other end of a pipe.
base::File open_beneath(const base::File& project, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const long fd = syscall(SYS_openat2, project.fd(), path.c_str(), &how, sizeof how);
    if (fd >= 0) return base::File(static_cast<int>(fd));
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return base::File();
}

bool is_servable(std::string_view segment, bool is_first) {
  if (segment.empty()) return false;
  if (segment.front() == '.' && !(is_first && segment == ".well-known")) return false;
  return std::none_of(segment.begin(), segment.end(), [](char c) {
    return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

}  // namespace

std::optional<std::string> relative_path(std::string_view url_path) {
  std::string result = "public";
  bool is_first = true;
  while (!url_path.empty()) {
    url_path.remove_prefix(1);  // the slash before the segment
    const std::string_view segment = url_path.substr(0, url_path.find('/'));
    url_path.remove_prefix(segment.size());
    if (segment.empty()) continue;  // the root
    const auto decoded = http::percent_decode(segment);
    if (!decoded || !is_servable(*decoded, is_first)) return std::nullopt;
    result.append("/").append(*decoded);
    is_first = false;
  }
  return result;
}

std::optional<FoundFile> open_below(const base::File& project, const std::string& path) {
  FoundFile found;
  base::File file = open_beneath(project, path);
  if (!file || fstat(file.fd(), &found.status) != 0 || !S_ISREG(found.status.st_mode)) return std::nullopt;
  found.file = std::make_shared<const base::File>(std::move(file));
  found.name = path.substr(path.rfind('/') + 1);
  return found;
}

std::optional<FoundFile> find_file(const base::File& project, std::string_view url_path) {
  const auto path = relative_path(url_path);
  if (!path) return std::nullopt;
  base::File file = open_beneath(project, *path);
  struct stat status{};
  if (file && fstat(file.fd(), &status) == 0) {
    if (S_ISREG(status.st_mode)) {
      return FoundFile{std::make_shared<const base::File>(std::move(file)), status,
                       path->substr(path->rfind('/') + 1)};
    }
    if (S_ISDIR(status.st_mode)) {
      if (auto index = open_below(project, *path + "/index.html")) return index;
    }
  }
  return *path == "public" ? std::nullopt : open_below(project, *path + ".html");
}

}  // namespace wws::assets

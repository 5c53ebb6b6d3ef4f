#include "assets/lookup.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "http/url.h"

namespace wws::assets {
namespace {

bool is_servable(std::string_view segment, bool is_first) {
  if (segment.empty()) return false;
  if (segment.front() == '.' && !(is_first && segment == ".well-known")) return false;
  return std::none_of(segment.begin(), segment.end(), [](char c) {
    return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

}  // namespace

std::optional<std::string> relative_path(std::string_view url_path, const std::string& folder) {
  std::string result = folder;
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

bool is_absent(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EXDEV:         // it leads out
    case ENAMETOOLONG:  // of a client's making: no file has such a name
    case ENXIO:         // a socket
    case ENODEV:
      return true;
    default:
      return false;
  }
}

Found open_below(const Start& start, const std::string& path) {
  base::File file = base::open_beneath(start.base, path, start.resolver);
  struct stat status{};
  if (!file || fstat(file.fd(), &status) != 0) return std::unexpected(errno);
  if (S_ISDIR(status.st_mode)) return std::unexpected(EISDIR);
  if (!S_ISREG(status.st_mode)) return std::unexpected(ENODEV);
  return FoundFile{std::make_shared<const base::File>(std::move(file)), status,
                   path.substr(path.rfind('/') + 1)};
}

Found find_file(const Start& start, std::string_view url_path) {
  const auto path = relative_path(url_path, start.folder);
  if (!path) return std::unexpected(ENOENT);
  Found found = open_below(start, *path);
  if (!found && found.error() == EISDIR) {
    found = open_below(start, *path + "/index.html");
    if (!found && found.error() == EISDIR) found = std::unexpected(ENOENT);
  }
  if (found || !is_absent(found.error()) || *path == start.folder) return found;
  found = open_below(start, *path + ".html");
  if (!found && found.error() == EISDIR) found = std::unexpected(ENOENT);
  return found;
}

}  // namespace wws::assets

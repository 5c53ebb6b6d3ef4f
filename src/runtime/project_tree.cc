#include "runtime/project_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>

namespace wws::runtime {
namespace fs = std::filesystem;

std::optional<std::string> ProjectTree::join(const std::string& folder, std::string_view name) {
  std::string path = name.starts_with('/') ? "" : folder;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (path.empty()) return std::nullopt;
      path = folder_of(path);
      continue;
    }
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

std::string ProjectTree::folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::optional<std::string> ProjectTree::real(const std::string& path) {
  const Place& place = look(path);
  if (place.kind == Kind::kNothing) return std::nullopt;
  return place.real;
}

const ProjectTree::Place& ProjectTree::look(const std::string& path) {
  if (const auto known = places_.find(path); known != places_.end()) return known->second;
  Place place = look_anew(path);
  return places_[path] = std::move(place);
}

ProjectTree::Place ProjectTree::look_anew(const std::string& path) {
  if (path.empty()) return {Kind::kFolder, ""};
  const std::string folder = folder_of(path);
  const Place in = look(folder);
  if (in.kind != Kind::kFolder) return {};
  const std::string name = path.substr(folder.empty() ? 0 : folder.size() + 1);
  Place place{Kind::kNothing, in.real.empty() ? name : in.real + "/" + name};
  struct stat status{};
  if (lstat((root_ / place.real).c_str(), &status) != 0) return {};
  if (S_ISLNK(status.st_mode)) {
    std::error_code error;
    const fs::path target = fs::canonical(root_ / place.real, error);
    if (error || std::mismatch(root_.begin(), root_.end(), target.begin(), target.end()).first != root_.end())
      return {};
    place.real = target == root_ ? "" : target.lexically_relative(root_).string();
    if (lstat(target.c_str(), &status) != 0) return {};
  }
  if (S_ISREG(status.st_mode)) place.kind = Kind::kFile;
  if (S_ISDIR(status.st_mode)) place.kind = Kind::kFolder;
  return place;
}

}  // namespace wws::runtime

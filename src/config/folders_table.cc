#include "config/folders_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "config/section.h"

namespace wws::config {
namespace {

/// More would be a mistake: each guest has them all.
constexpr std::size_t kMostFolders = 64;

TomlPlace place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

using Entry = Section<kFolders>;

/// Without "." and doubled slashes, and without a slash at its end. One that is not absolute stays so: there
/// are programs that compare it. Empty: it is no path, or leads through "..".
std::string normal_guest_path(std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos) return {};
  const bool is_absolute = path.front() == '/';
  std::string normal;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (part == "..") return {};
    if (part.empty() || part == ".") continue;
    if (is_absolute || !normal.empty()) normal += '/';
    normal += part;
  }
  if (!normal.empty()) return normal;
  return is_absolute ? "/" : ".";
}

/// Whether programs see two folders under one path: they are in "/", as C libraries have it.
bool is_same_place(std::string_view a, std::string_view b) {
  const auto from_root = [](std::string_view path) {
    if (path == ".") return std::string_view();
    return path.substr(path.starts_with('/') ? 1 : 0);
  };
  return from_root(a) == from_root(b);
}

FolderMount::Mode read_mode(const Entry& entry) {
  const auto text = entry.text("mode");
  if (!text || *text == "ro") return FolderMount::Mode::kReadOnly;
  if (*text == "rw") return FolderMount::Mode::kReadWrite;
  entry.error("mode", fmt::format("\"mode\" is \"ro\", for reading alone, or \"rw\", and not \"{}\"", *text));
  return FolderMount::Mode::kReadOnly;
}

void read_to(const Entry& entry, const std::vector<FolderMount>& others, FolderMount& mount) {
  const auto text = entry.text("to");
  if (!text) {
    if (!entry.has("to"))
      entry.error("a mounted folder needs \"to\", the path under which the worker sees it");
    return;
  }
  mount.to = normal_guest_path(*text);
  if (mount.to.empty()) {
    entry.error("to",
                fmt::format("\"to\" is a path without \"..\", such as \"/data\", and not \"{}\"", *text));
  } else if (std::ranges::any_of(
                 others, [&](const FolderMount& other) { return is_same_place(other.to, mount.to); })) {
    entry.error("to", fmt::format("two folders cannot both be \"{}\" for the worker", mount.to));
  }
}

FolderMount read_folder(const toml::table& table, const std::vector<FolderMount>& others,
                        Reporter& reporter) {
  const Entry entry = open_entry<kFolders>(table, reporter);
  FolderMount mount;
  mount.place = place_of(entry.source("from"));
  if (auto from = entry.text("from")) mount.from = std::move(*from);
  if (mount.from.find('\0') != std::string::npos)
    entry.error("from", "\"from\" is the path of a folder, which holds no NUL");
  std::ranges::replace(mount.from, '\\', '/');
  read_to(entry, others, mount);
  mount.mode = read_mode(entry);
  return mount;
}

}  // namespace

std::vector<FolderMount> read_folders(const toml::table& table, Reporter& reporter) {
  const toml::node* node = table.get(kFolders.path);
  if (node == nullptr) return {};
  const toml::array* entries = node->as_array();
  if (entries == nullptr || (!entries->empty() && !node->is_array_of_tables())) {
    reporter.error(node->source(),
                   fmt::format("\"folders\" has to be written as [[folders]], and is {}", type_name(*node)));
    return {};
  }
  if (entries->size() > kMostFolders) {
    reporter.error(node->source(), fmt::format("a worker has at most {} mounted folders", kMostFolders));
    return {};
  }
  std::vector<FolderMount> mounts;
  for (const toml::node& entry : *entries) mounts.push_back(read_folder(*entry.as_table(), mounts, reporter));
  return mounts;
}

}  // namespace wws::config

#include "watch/listing.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <system_error>
#include <utility>

#include "base/file_state.h"

namespace wws::watch {
namespace {

namespace fs = std::filesystem;

bool is_ignored(const Places& places, const fs::path& path) {
  return is_by_the_way(path.filename()) || (places.ignores && places.ignores(path));
}

/// Calls `on_entry` with all that is below a folder and not ignored.
void walk(const Places& places, const fs::path& folder,
          const std::function<void(const fs::directory_entry&)>& on_entry) {
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, fs::directory_options::skip_permission_denied, error);
  while (!error && entries != fs::recursive_directory_iterator()) {
    if (is_ignored(places, entries->path())) {
      entries.disable_recursion_pending();
    } else {
      on_entry(*entries);
    }
    entries.increment(error);  // what went meanwhile ends the walk; its going is a change too
  }
}

void note(Listing& listing, const fs::path& path) {
  struct stat status{};
  // Where a link leads is what is read; one that leads nowhere is a file too.
  if (stat(path.c_str(), &status) != 0 && lstat(path.c_str(), &status) != 0) return;
  if (S_ISDIR(status.st_mode)) {  // the time of a folder says nothing that its files do not
    listing.emplace(path, "folder");
    return;
  }
  listing.emplace(path, fmt::format("{}:{:o}", base::file_state(status), status.st_mode));
}

}  // namespace

void for_each_folder(const Places& places, const std::function<void(const fs::path&)>& on_folder) {
  for (const fs::path& tree : places.trees) {
    on_folder(tree);
    walk(places, tree, [&](const fs::directory_entry& entry) {
      std::error_code error;
      if (!entry.is_symlink(error) && entry.is_directory(error)) on_folder(entry.path());
    });
  }
}

Listing list(const Places& places) {
  Listing listing;
  for (const fs::path& file : places.files) note(listing, file);
  for (const fs::path& tree : places.trees) {
    note(listing, tree);
    walk(places, tree, [&](const fs::directory_entry& entry) { note(listing, entry.path()); });
  }
  return listing;
}

bool has_events(const fs::path& place) {
  // NFS, SMB (three), FUSE, 9P, VirtualBox, Parallels, AFS, Ceph, Lustre, GPFS.
  constexpr std::array<std::uint32_t, 12> kShared = {0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                                     0x65735546, 0x01021997, 0x786F4256, 0x7C7C6673,
                                                     0x5346414F, 0x00C36400, 0x0BD00BD0, 0x47504653};
  struct statfs status{};
  if (statfs(place.c_str(), &status) != 0) return true;
  return std::ranges::find(kShared, static_cast<std::uint32_t>(status.f_type)) == kShared.end();
}

}  // namespace wws::watch

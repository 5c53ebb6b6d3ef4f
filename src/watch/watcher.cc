#include "watch/watcher.h"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace wws::watch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kMask = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

/// A file that was just made is read when whoever writes to it is done. A further link to one is complete.
bool is_being_written(const fs::path& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1;
}

}  // namespace

Watcher::Watcher(Places places, Method method, const base::Clock& clock)
    : places_(std::move(places)), clock_(clock) {
  if (method == Method::kPolling) {
    poll_from_now_on("");
    return;
  }
  const auto shared = std::ranges::find_if_not(places_.trees, has_events);
  if (shared != places_.trees.end()) {
    poll_from_now_on(
        fmt::format("{} is on a file system that others write to", log::escaped(shared->native())));
    return;
  }
  events_ = base::File(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (events_) {
    watch_all();
  } else {
    poll_from_now_on(base::errno_text(errno));
  }
}

void Watcher::set_places(Places places) {
  const bool is_same = places.trees == places_.trees && places.files == places_.files;
  places_ = std::move(places);
  if (is_same) return;
  if (events_) {
    watch_all();
  } else {
    listing_ = list(places_);
  }
}

/// Also again: a folder that is watched already keeps its watch, and one that was moved gets its new name.
void Watcher::watch_all() {
  is_stale_ = false;
  misses_place_ = false;
  next_poll_ = base::Instant::max();
  found_.clear();
  bool is_complete = true;
  for (const fs::path& file : places_.files) is_complete = is_complete && watch(file.parent_path(), false);
  for_each_folder(places_, [&](const fs::path& folder) { is_complete = is_complete && watch(folder, true); });
  if (!is_complete) return;
  for (const auto& [watch, folder] : folders_) {
    if (!found_.contains(watch)) inotify_rm_watch(events_.fd(), watch);
  }
  folders_ = std::move(found_);
  if (misses_place_) next_poll_ = clock_.now() + kPollPeriod;
}

/// False: there are no watches left, and events are given up.
bool Watcher::watch(const fs::path& path, bool is_whole) {
  const int number = inotify_add_watch(events_.fd(), path.c_str(), kMask);
  if (number >= 0) {
    Folder& folder = found_[number];
    folder = {path, is_whole || (!folder.path.empty() && folder.is_whole)};
    return true;
  }
  if (errno == ENOSPC || errno == ENOMEM) {
    poll_from_now_on(errno == ENOSPC ? "no watches are left (sysctl fs.inotify.max_user_watches allows more)"
                                     : base::errno_text(errno));
    return false;
  }
  // It went meanwhile, or is closed to us.
  if (std::ranges::find(places_.trees, path) != places_.trees.end()) misses_place_ = true;
  return true;
}

void Watcher::poll_from_now_on(const std::string& why) {
  if (!why.empty())
    log::warn("files are looked at every {} ms, for changes: {}", kPollPeriod.count() / 1'000'000, why);
  events_.close();
  folders_.clear();
  found_.clear();
  listing_ = list(places_);
  next_poll_ = clock_.now() + kPollPeriod;
}

std::optional<Change> Watcher::look() {
  if (events_) take_events();
  if (clock_.now() >= next_poll_) poll();
  return changes_.take(clock_.now());
}

base::Instant Watcher::next_look() const { return std::min(next_poll_, changes_.due()); }

void Watcher::take_events() {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  while (events_) {
    const ssize_t count = read(events_.fd(), buffer.data(), buffer.size());
    if (count <= 0) break;
    for (const char* at = buffer.data(); at < buffer.data() + count;) {
      inotify_event event{};
      std::memcpy(&event, at, sizeof event);
      at += sizeof event;
      take_event(event.wd, event.mask, std::string(at, strnlen(at, event.len)));
      at += event.len;
    }
  }
  if (events_ && is_stale_) watch_all();
}

void Watcher::take_event(int watch, unsigned what, const std::string& name) {
  const base::Instant now = clock_.now();
  if ((what & IN_Q_OVERFLOW) != 0) {
    is_stale_ = true;
    return changes_.add_unknown(now);
  }
  const auto found = folders_.find(watch);
  if (found == folders_.end()) return;
  const Folder folder = found->second;
  if ((what & IN_IGNORED) != 0) {
    folders_.erase(found);
    is_stale_ = true;
    return;
  }
  if ((what & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
    is_stale_ = true;
    return changes_.add(folder.path, now);
  }
  const fs::path path = folder.path / name;
  const bool is_named = std::ranges::find(places_.files, path) != places_.files.end();
  if (!is_named &&
      (!folder.is_whole || is_by_the_way(path.filename()) || (places_.ignores && places_.ignores(path))))
    return;
  if ((what & IN_ISDIR) != 0) {
    if ((what & IN_ATTRIB) == 0) is_stale_ = true;
  } else if ((what & IN_CREATE) != 0 && is_being_written(path)) {
    return;
  }
  changes_.add(path, now);
}

void Watcher::poll() {
  const base::Instant now = clock_.now();
  if (events_) {  // a tree that was not there
    watch_all();
    if (!misses_place_) changes_.add_unknown(now);
    return;
  }
  Listing listing = list(places_);
  for (const auto& [path, status] : listing) {
    const auto before = listing_.find(path);
    if (before == listing_.end() || before->second != status) changes_.add(path, now);
  }
  for (const auto& [path, status] : listing_) {
    if (!listing.contains(path)) changes_.add(path, now);
  }
  listing_ = std::move(listing);
  // Large trees are looked at less often.
  const base::Instant end = clock_.now();
  next_poll_ = end + std::max(kPollPeriod, 20 * (end - now));
}

}  // namespace wws::watch

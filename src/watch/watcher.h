// Notices that files were changed.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/file.h"
#include "watch/changes.h"
#include "watch/listing.h"
#include "watch/places.h"

namespace wws::watch {

enum class Method {
  kAutomatic,  ///< events of the system (inotify), and looking where there are none
  kPolling,    ///< looking again and again
};

/// Watches places, which may come, go and be moved meanwhile; what it tells may be too much and is never too
/// little, but for what is_by_the_way() and the places ignore. Where the system has no watches left it looks
/// instead, with a line in the log.
///
/// Knows no event loop: look() is to be called when fd() is readable and when it said. One thread; `clock`
/// outlives it.
class Watcher {
 public:
  static constexpr base::Duration kPollPeriod = std::chrono::milliseconds(300);

  Watcher(Places places, Method method, const base::Clock& clock);

  /// Watches these instead. What changed before is told all the same.
  void set_places(Places places);

  /// Readable when there are events; -1: there are none, and looking it is. Closed by look() where events
  /// end.
  [[nodiscard]] int fd() const noexcept { return events_.fd(); }
  /// Takes note of what has happened. What changed is returned once nothing more came for a moment.
  [[nodiscard]] std::optional<Change> look();
  /// When to look at the latest.
  [[nodiscard]] base::Instant next_look() const;

 private:
  /// One watched folder; of those with single files only their names matter.
  struct Folder {
    std::filesystem::path path;
    bool is_whole = true;
  };

  void watch_all();
  [[nodiscard]] bool watch(const std::filesystem::path& path, bool is_whole);
  void poll_from_now_on(const std::string& why);
  void take_events();
  void take_event(int watch, unsigned what, const std::string& name);
  void poll();

  Places places_;
  const base::Clock& clock_;
  base::File events_;  ///< none: polling
  std::map<int, Folder> folders_;
  std::map<int, Folder> found_;  ///< while folders are looked for
  bool is_stale_ = false;        ///< folders came, went or were moved
  bool misses_place_ = false;    ///< a tree is not there: it is looked for again
  Listing listing_;
  base::Instant next_poll_ = base::Instant::max();
  Changes changes_;
};

}  // namespace wws::watch

// What the server's processes logged lately, as the admin interface tells it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_ring.h"

namespace wws::admin {

/// The newest lines and failed requests of all processes, in the order of their times.
///
/// Looks into the processes' memory when it is asked, and when one is gone; what it has found stays here, up
/// to a bound. Each entry gets a number: the microseconds of its time, or the next number that is free. So
/// numbers grow, and mean the same to a client after this process was replaced by another. Everything that
/// is read is text of strangers: it is escaped as the log's lines are, and times are never in the future.
/// One thread.
class Recent {
 public:
  /// Entries that are kept, and given at once.
  static constexpr std::size_t kMostLines = 4000;
  static constexpr std::size_t kMostErrors = 100;
  static constexpr std::size_t kMostGiven = 1000;
  static constexpr std::size_t kUsuallyGiven = 500;

  /// A process, as the supervisor names it.
  struct Process {
    std::string role;
    unsigned number = 0;
    pid_t pid = 0;
  };
  /// What a client has not seen yet: entries above this number; none: it has seen nothing, and wants the
  /// newest.
  struct Query {
    std::uint64_t after = 0;
    log::Level level = log::Level::kDebug;  ///< lines of this level and above
    std::size_t limit = kUsuallyGiven;
  };

  explicit Recent(const base::Clock& clock) : clock_(clock) {}

  /// Reads the log of a process there.
  void add(Process process, std::unique_ptr<base::LogRing> log);
  /// It is gone: what it said last is read.
  void remove(pid_t pid);

  /// docs/admin.md has the forms. Lines are the oldest first, errors the newest.
  [[nodiscard]] std::string lines_json(const Query& query);
  [[nodiscard]] std::string errors_json(const Query& query);

 private:
  struct Source {
    Process process;
    std::unique_ptr<base::LogRing> log;
    std::uint64_t next_line = 0;
    std::uint64_t next_report = 0;
  };
  /// An entry whose text is escaped.
  struct Kept {
    std::uint64_t number = 0;
    Process process;
    base::LogEntry entry;
  };
  using Found = std::vector<Kept>;

  void collect();
  void read(Source& source, Found& lines, Found& errors);
  static void keep(Found found, std::size_t most, std::uint64_t& last, std::deque<Kept>& kept);

  const base::Clock& clock_;
  std::list<Source> sources_;
  std::deque<Kept> lines_;
  std::deque<Kept> errors_;
  std::uint64_t last_line_ = 0;
  std::uint64_t last_error_ = 0;
};

}  // namespace wws::admin

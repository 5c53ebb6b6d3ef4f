// The last lines of a process's log, in memory that it shares with who shows them.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/result.h"

namespace wws::base {

/// What is kept of one line, or of one report: text that a stranger wrote, and may have written to deceive.
struct LogEntry {
  log::Level level = log::Level::kInfo;
  std::int64_t microseconds = 0;  ///< since 1970, by the writer's clock
  std::vector<std::pair<std::string, std::string>> fields;

  /// The value of the field of this name, or nothing.
  [[nodiscard]] std::string_view field(std::string_view name) const noexcept;
};

/// A ring of lines, and one of reports: what a failed request left behind, which is longer and rarer.
///
/// One process writes, without a lock, a system call or an allocation, and goes on when nobody reads: the
/// newest entry takes the place of the oldest. One that is too long is cut, and ends with an ellipsis. Each
/// place has the number of its entry, which tells a reader that what it copied was whole; nothing else of
/// what is there is believed. Sealed memory (sealed_memory.h), of which only what is used is ever touched.
class LogRing {
 public:
  enum class Kind { kLine, kReport };
  static constexpr std::uint64_t kLines = 512;
  static constexpr std::uint64_t kReports = 64;
  /// Bytes of a line, or of a report, with the names of its fields.
  static constexpr std::size_t kLargestLine = 1000;
  static constexpr std::size_t kLargestReport = 8168;

  enum class Access { kRead, kWrite };
  /// kIo: the system has no memory for it.
  [[nodiscard]] static Result<std::unique_ptr<LogRing>> create();
  /// What another process created, by its descriptor. kInternal: it is no such memory.
  [[nodiscard]] static Result<std::unique_ptr<LogRing>> open(File memory, Access access);

  LogRing(const LogRing&) = delete;
  LogRing& operator=(const LogRing&) = delete;
  /// The log is not kept here any more.
  ~LogRing();

  /// To pass on to who writes.
  [[nodiscard]] int fd() const noexcept { return memory_.fd(); }
  /// To pass on to who reads: the same, for reading only.
  [[nodiscard]] Result<File> open_for_reading() const;

  /// Of one with Access::kWrite: this process's log is kept here from now on, beside where it goes. One at a
  /// time; one thread.
  void keep_log() noexcept;
  /// Adds an entry, as of now. Of one with Access::kWrite; one thread.
  void put(Kind kind, log::Level level, std::initializer_list<log::Field> fields) noexcept;

  /// Gives the entries from number `from` on to `take`, the oldest first, and returns the number that the
  /// next one will have. `missed`: how many of them are there no more.
  [[nodiscard]] std::uint64_t read(Kind kind, std::uint64_t from, std::uint64_t& missed,
                                   const std::function<void(LogEntry)>& take) const;

 private:
  struct Page;
  LogRing(File memory, Page* page) noexcept : memory_(std::move(memory)), page_(page) {}

  File memory_;
  Page* page_;
};

namespace log {

/// Whether this process's log is kept anywhere: what costs something need not be found out else.
[[nodiscard]] bool is_kept() noexcept;
/// Keeps a line; log::write() does. Without a ring it does nothing.
void keep_line(Level level, std::string_view message, std::initializer_list<Field> fields) noexcept;
/// Keeps a report. Without a ring it does nothing.
void keep_report(std::initializer_list<Field> fields) noexcept;

}  // namespace log
}  // namespace wws::base

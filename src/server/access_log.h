// The access log: one line a request.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/file.h"
#include "base/line_sink.h"
#include "server/access_format.h"

namespace wws::server {

/// The status of a request whose client left before it had all of its answer (as nginx writes it). Never
/// sent.
inline constexpr int kClientClosedRequest = 499;

/// Where lines of the access log go, and how they look. They go to standard error, at level info, until
/// there is a file. Nothing waits for who reads it: what cannot be written is dropped, counted, and told in
/// the log. One in a process, one thread.
class AccessLog {
 public:
  AccessLog() = default;
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  ~AccessLog();

  enum class Lines { kWritten, kOff };
  void set(AccessFormat format, Lines lines);
  /// From now on lines go to this file, open for appending without blocking; those that wait for the one
  /// before are written there, as far as that can be done now.
  void set_file(base::File file);

  void write(const AccessEntry& entry);

  /// Lines for files that were dropped so far; those for standard error are base::dropped_log_lines().
  [[nodiscard]] std::uint64_t dropped() const noexcept;

  // As in base::BufferedSink, for an event loop; without a file they do nothing.
  void flush() noexcept;
  void flush_if_due(base::Instant now) noexcept;
  [[nodiscard]] std::optional<base::Duration> sleep_limit() const noexcept;

 private:
  AccessFormat format_;
  Lines lines_ = Lines::kWritten;
  base::File file_;
  std::optional<base::BufferedSink> sink_;
  std::uint64_t told_ = 0;    ///< of the lines that were dropped
  std::uint64_t before_ = 0;  ///< dropped of the files before this one
  base::Instant tell_at_{};
};

}  // namespace wws::server

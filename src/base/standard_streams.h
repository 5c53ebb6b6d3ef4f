// Standard output and standard error of this process.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/line_sink.h"

namespace wws::base {

/// Where lines go: direct, while no BufferedStreams lives. The log uses the second.
[[nodiscard]] LineSink& standard_output() noexcept;
[[nodiscard]] LineSink& standard_error() noexcept;

/// While it lives, nothing that is written to standard output or error waits for anyone. Its end writes what
/// it can; so does a signal by which the process dies (but for SIGKILL). One in a process, made before the
/// process is confined and before an engine, which takes such signals too; one thread.
class BufferedStreams {
 public:
  /// Bytes that each holds at the most. What is printed at a start grows with the project.
  enum class Capacity : std::size_t {
    kOfServing = std::size_t{1} << 20,
    kOfSupervisor = std::size_t{16} << 20
  };
  explicit BufferedStreams(Capacity capacity);
  ~BufferedStreams();
  BufferedStreams(const BufferedStreams&) = delete;
  BufferedStreams& operator=(const BufferedStreams&) = delete;

  [[nodiscard]] BufferedSink& output() noexcept { return output_; }
  [[nodiscard]] BufferedSink& error() noexcept { return error_; }

 private:
  BufferedSink output_;
  BufferedSink error_;
};

// For event loops; without BufferedStreams they do nothing.

/// To be called in each turn: writes what has waited for long enough.
void flush_standard_streams_if_due(Instant now) noexcept;
/// To be called when a sleep was as long as this allows. None: a loop may sleep for as long as it likes.
[[nodiscard]] std::optional<Duration> standard_streams_sleep_limit() noexcept;
/// Whether somebody waits for what they hold: it is to leave before a loop sleeps, by
/// flush_standard_streams().
[[nodiscard]] bool are_standard_streams_awaited() noexcept;
void flush_standard_streams() noexcept;

/// A sink for lines that go elsewhere: what it holds is written too when the process dies by a signal, as far
/// as BufferedStreams see it. Null: none, as before the sink ends.
void keep_for_last_words(BufferedSink* sink) noexcept;
/// Lines for standard error that were dropped so far, in this process; 0 without BufferedStreams.
[[nodiscard]] std::uint64_t dropped_log_lines() noexcept;

}  // namespace wws::base

// Where lines for people and their programs go: the log, and what a command prints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/output.h"

namespace wws::base {

/// Takes whole lines. A line is put together in the sink's own memory, so that the frequent ones (of the
/// access log) cost no copy. Nothing here fails: what cannot be written is dropped. One thread.
class LineSink {
 public:
  LineSink() = default;
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;
  virtual ~LineSink() = default;

  /// Room for a line of up to `most` bytes, its newline included; null: the line is dropped, and counted.
  /// Valid until the next call.
  [[nodiscard]] virtual char* room(std::size_t most) noexcept = 0;
  /// The line in that room is complete; `size` bytes.
  virtual void take(std::size_t size) noexcept = 0;
  /// Writes now what it holds, as far as that can be done.
  virtual void flush() noexcept = 0;

  /// Takes a line that somebody may wait for, and adds its newline.
  virtual void put(std::string_view line) noexcept;
};

/// Writes each line at once and waits for whoever reads it: for commands that end.
class DirectSink final : public LineSink {
 public:
  explicit DirectSink(int fd) noexcept : fd_(fd) {}
  [[nodiscard]] char* room(std::size_t most) noexcept override;
  void take(std::size_t size) noexcept override;
  void flush() noexcept override {}

 private:
  int fd_;
  std::string line_;
};

/// Holds lines in a bounded buffer and writes many at once, without ever waiting: for processes that serve.
///
/// When the buffer is full, lines are dropped until half of it is free again; when nobody can read any more
/// (the terminal is gone), what it holds is dropped. One line tells how many were when writing works again.
/// An event loop calls flush_if_due() in each turn, and does not sleep for longer than sleep_limit().
///
/// A line that comes alone leaves with the next flush_if_due(). Those that follow are held and leave
/// together, after 50 ms or when they are many: to write costs more than to make a line, most of all where it
/// wakes who reads. Nobody waits for each of them, as for lines that were put(): those leave within 2 ms.
class BufferedSink final : public LineSink {
 public:
  /// `notice` writes the line about `dropped` lines; an empty one if the
  /// owner tells elsewhere, of dropped(). Of `capacity` bytes only what is used is ever touched.
  using Notice = std::string (*)(std::uint64_t dropped);
  BufferedSink(Output output, std::size_t capacity, Notice notice);

  [[nodiscard]] char* room(std::size_t most) noexcept override;
  void take(std::size_t size) noexcept override;
  void flush() noexcept override;
  void put(std::string_view line) noexcept override;

  /// Writes if the last time was long enough ago.
  void flush_if_due(Instant now) noexcept;
  /// How long a loop may sleep before it calls flush(); none: as long as it likes.
  [[nodiscard]] std::optional<Duration> sleep_limit() const noexcept;
  /// The same as flush() for a signal handler of a process that dies: allocates nothing.
  void flush_last_words() noexcept;
  /// Drops, and counts, what it holds.
  void give_up() noexcept;

  /// Whether somebody waits for what it holds: it is to leave before a loop sleeps.
  [[nodiscard]] bool is_awaited() const noexcept { return is_awaited_; }
  [[nodiscard]] bool is_empty() const noexcept { return begin_ == end_; }
  /// Lines of which no notice was written yet; all, where there are none.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  /// All lines that were ever dropped, for who counts them.
  [[nodiscard]] std::uint64_t dropped_in_all() const noexcept { return dropped_in_all_; }

 private:
  [[nodiscard]] bool has_room(std::size_t most) noexcept;
  [[nodiscard]] Duration hold() const noexcept;
  int write_out() noexcept;
  void tell_dropped() noexcept;

  Output output_;
  std::size_t capacity_;
  Notice notice_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;  ///< of what is to be written
  std::size_t end_ = 0;
  bool dropping_ = false;  ///< until half of the buffer is free
  std::uint64_t dropped_ = 0;
  std::uint64_t dropped_in_all_ = 0;
  std::uint64_t told_ = 0;      ///< by the last notice
  std::size_t notice_end_ = 0;  ///< where that ends, while it is in the buffer
  bool blocked_ = false;        ///< the last attempt did not write all
  Duration pause_{0};           ///< from it to the next
  bool is_awaited_ = false;
  Instant written_at_{};  ///< by flush_if_due()
};

}  // namespace wws::base

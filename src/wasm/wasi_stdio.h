// WASI for guests without files: arguments, environment, clocks, random numbers, standard streams, poll and
// exit over plain buffers. What is done on mounted folders is done by others (wasm/wasi_files.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "wasm/host_function.h"

namespace wws::wasm {

struct GuestLimits;

/// What a descriptor of the guest stands for.
enum class Stream : std::uint8_t { kClosed, kStdin, kStdout, kStderr };

/// Where standard input comes from when it is made while it is read.
class StdinSource {
 public:
  virtual ~StdinSource() = default;
  /// The next bytes; empty at the end. Valid until the next call.
  [[nodiscard]] virtual std::string_view next() = 0;
};

/// The streams, environment and arguments of one guest.
class WasiStdio {
 public:
  /// What the guest is given. The views stay valid while the guest lives.
  struct Input {
    std::string_view stdin_bytes;
    std::span<const std::string> environment;  ///< "NAME=value"
    std::span<const std::string> arguments;    ///< the first names the program
    /// Takes each line the guest writes to standard error (level info) or to the log, without its newline.
    /// May be empty.
    std::function<void(log::Level level, std::string_view line)> on_log_line;
  };

  WasiStdio(Input input, const GuestLimits& limits);
  /// Gives the guest its standard input. Before it runs.
  void give_stdin(std::string_view bytes) noexcept { input_.stdin_bytes = bytes; }
  /// The same, from a source that outlives the guest.
  void give_stdin(StdinSource& source) noexcept { stdin_source_ = &source; }
  /// Standard output is for the log, as standard error is: for a guest that answers in another way. Before it
  /// runs.
  void log_stdout() noexcept { stdout_is_logged_ = true; }
  [[nodiscard]] bool stdout_is_logged() const noexcept { return stdout_is_logged_; }

  /// All that was written to standard output, unless it is logged. Can be moved out at the end.
  [[nodiscard]] std::string& stdout_bytes() noexcept { return stdout_; }
  /// The environment, for the guest that reads it.
  [[nodiscard]] std::span<const std::string> read_environment() noexcept {
    environment_was_read_ = true;
    return input_.environment;
  }
  [[nodiscard]] bool environment_was_read() const noexcept { return environment_was_read_; }
  [[nodiscard]] std::span<const std::string> arguments() const noexcept { return input_.arguments; }

  /// What a descriptor stands for; kClosed also if it never was one.
  [[nodiscard]] Stream stream(std::uint32_t fd) const noexcept {
    for (const auto& [stream, number] : numbers_) {
      if (number == fd) return stream;
    }
    return Stream::kClosed;
  }
  /// False: it is not open.
  [[nodiscard]] bool close(std::uint32_t fd) noexcept;
  /// `to` stands for what `from` did, which is closed then. False: `from` is not open.
  [[nodiscard]] bool renumber(std::uint32_t from, std::uint32_t to) noexcept;

  /// Takes up to `size` bytes of standard input, those that are there; empty at its end. Valid until the next
  /// call.
  [[nodiscard]] std::string_view read_stdin(std::size_t size);
  /// Counts random bytes that are given out. False: it would be more than `limit` in all.
  [[nodiscard]] bool take_random(std::uint64_t bytes, std::uint64_t limit) noexcept {
    if (bytes > limit - random_taken_) return false;
    random_taken_ += bytes;
    return true;
  }
  /// False when the limit on output would be passed: nothing is added then. What is logged is never refused:
  /// it counts against the limit on logs.
  [[nodiscard]] bool write_stdout(std::string_view bytes);
  /// Text beyond the limit on logs is dropped, with one line that says so.
  void write_stderr(std::string_view bytes);
  /// Lines of their own for the log, out of the same limit.
  void write_log(log::Level level, std::string_view text);
  /// A line of the host's own about the guest, which is not out of that limit.
  void tell(log::Level level, std::string_view line) { emit_line(level, line); }
  /// Passes on an unfinished last line; call once at the end.
  void flush_stderr();

 private:
  void drop_rest();
  [[nodiscard]] bool pay_for_line();
  void emit_line(log::Level level, std::string_view line);

  Input input_;
  struct Numbered {
    Stream stream;
    std::optional<std::uint32_t> number;  ///< none: it is closed
  };
  std::array<Numbered, 3> numbers_{{{Stream::kStdin, 0}, {Stream::kStdout, 1}, {Stream::kStderr, 2}}};
  StdinSource* stdin_source_ = nullptr;
  std::size_t output_limit_;
  std::size_t log_left_;
  bool log_full_ = false;
  bool environment_was_read_ = false;
  bool stdout_is_logged_ = false;
  std::uint64_t random_taken_ = 0;
  std::string stdout_;
  std::string stderr_line_;
};

/// All functions of `wasi_snapshot_preview1` and of `wasi_unstable`, which was before it. Those that need
/// files answer as on a system without any: there is nothing preopened, and every path is refused.
[[nodiscard]] std::span<const HostFunction> wasi_stdio_functions() noexcept;

}  // namespace wws::wasm

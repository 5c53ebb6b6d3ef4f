// WASI preview 1 for guests without files: arguments, environment, clocks, random numbers, standard
// streams, poll and exit over plain buffers. Guests with mounted folders get the library's WASI instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/host_function.h"

namespace wws::wasm {

struct GuestLimits;

/// The streams, environment and arguments of one guest.
class WasiStdio {
 public:
  /// What the guest is given. The views stay valid while the guest lives.
  struct Input {
    std::string_view stdin_bytes;
    std::span<const std::string> environment;  ///< "NAME=value"
    /// Takes each line the guest writes to standard error, without its newline. May be empty.
    std::function<void(std::string_view line)> on_error_line;
  };

  WasiStdio(Input input, const GuestLimits& limits);

  /// All that was written to standard output. Can be moved out at the end.
  [[nodiscard]] std::string& stdout_bytes() noexcept { return stdout_; }
  [[nodiscard]] std::span<const std::string> environment() const noexcept { return input_.environment; }

  /// Takes up to `size` bytes of standard input; empty at its end.
  [[nodiscard]] std::string_view read_stdin(std::size_t size) noexcept;
  /// Counts random bytes that are given out. False: it would be more than `limit` in all.
  [[nodiscard]] bool take_random(std::uint64_t bytes, std::uint64_t limit) noexcept {
    if (bytes > limit - random_taken_) return false;
    random_taken_ += bytes;
    return true;
  }
  /// False when the limit on output would be passed: nothing is added then.
  [[nodiscard]] bool write_stdout(std::string_view bytes);
  /// Text beyond the limit on logs is dropped, with one line that says so.
  void write_stderr(std::string_view bytes);
  /// Passes on an unfinished last line; call once at the end.
  void flush_stderr();

 private:
  void drop_rest();
  void emit_line(std::string_view line);

  Input input_;
  std::size_t output_limit_;
  std::size_t log_left_;
  bool log_full_ = false;
  std::uint64_t random_taken_ = 0;
  std::string stdout_;
  std::string stderr_line_;
};

/// All functions of `wasi_snapshot_preview1`. Those that need files answer as on a system without any:
/// there is nothing preopened, and every path is refused.
[[nodiscard]] std::span<const HostFunction> wasi_stdio_functions() noexcept;

}  // namespace wws::wasm

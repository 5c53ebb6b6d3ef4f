// The one error type of the project and its mapping to exit codes and HTTP statuses.
#pragma once

#include <string>
#include <string_view>

namespace wws::base {

/// Causes a user can tell apart. One table (error.cc) maps each to an exit code and an HTTP status.
enum class ErrorCode {
  kBadUsage,    ///< wrong command-line arguments
  kBadConfig,   ///< a TOML file that cannot be used
  kBadProject,  ///< the folder to serve is missing or unreadable
  kIo,          ///< the operating system refused something
  kNotFound,    ///< no such file or route
  kBadModule,   ///< a WebAssembly module that cannot be compiled, linked or run by any ABI
  kGuestTrap,   ///< the guest trapped
  kGuestExit,   ///< the guest left with a non-zero exit code
  kBadOutput,   ///< the guest's answer is not what its ABI demands
  kCpuTimeLimit,
  kTimeLimit,
  kMemoryLimit,  ///< failed after growth over the limit was refused, or needs more from the start
  kTableLimit,   ///< the same of its tables
  kStackLimit,
  kOutputLimit,
  kConcurrencyLimit,  ///< as many requests of this worker run already
  kOverloaded,        ///< no slot for one more guest
  kCancelled,         ///< the client left, or the server stops
  kInternal,          ///< a mistake of ours
};

/// What went wrong: `code` for programs, `message` for people. The message says what and where,
/// and names what to do when that is not obvious; it has no trailing newline.
struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string detail{};  ///< lines for who has to find the cause, such as a guest's backtrace; may be empty
};

/// Process exit status for an error that ends a command (docs/cli.md).
[[nodiscard]] int exit_code(ErrorCode code) noexcept;

/// Status of the answer to a request that failed with `code` (docs/errors.md).
[[nodiscard]] int http_status(ErrorCode code) noexcept;

/// Stable lower-case name for logs and tests, such as "guest-trap".
[[nodiscard]] std::string_view name(ErrorCode code) noexcept;

}  // namespace wws::base

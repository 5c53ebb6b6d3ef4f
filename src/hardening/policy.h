// What child processes give up before they touch what others wrote (docs/security.md).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wws::hardening {

enum class Mode {
  kOn,        ///< as far as the kernel can; what it cannot is said in the log
  kRequired,  ///< a process that cannot be confined does not work
  kOff,       ///< for debuggers and measurements
};

/// "on", "required" or "off"; anything else: std::nullopt.
[[nodiscard]] std::optional<Mode> parse_mode(std::string_view text) noexcept;

/// A user and a group, by number.
struct Identity {
  uid_t user = 0;
  gid_t group = 0;

  friend bool operator==(const Identity&, const Identity&) = default;
};

/// What the supervisor tells its children about it.
struct Policy {
  Mode mode = Mode::kOn;
  std::optional<Identity> identity;  ///< whom they become; none: they stay who started them

  friend bool operator==(const Policy&, const Policy&) = default;
};

/// For a child's command line: it becomes someone else before it reads anything. "on", "off,65534:65534".
[[nodiscard]] std::string to_argument(const Policy& policy);
/// kInternal: not what to_argument() wrote.
[[nodiscard]] Result<Policy> parse_policy(std::string_view argument);

}  // namespace wws::hardening

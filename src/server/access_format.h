// How a line of the access log looks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/request.h"

namespace wws::server {

/// One request that is over.
struct AccessEntry {
  std::string_view peer;
  const http::Request& request;
  int status = 0;
  std::uint64_t body_bytes = 0;
  base::Duration duration{0};
  base::WallTime time{};        ///< when it ended
  std::string_view route = {};  ///< pattern of the route that answered; empty: a file, or nobody
};

/// A compiled format. It writes bytes and allocates nothing.
///
/// Text of clients cannot end its field nor the line: between quotation marks `"` and `\` have a backslash
/// before them, and what is not printable is written `\xNN`; in JSON it is escaped as JSON does (RFC 8259,
/// 7).
class AccessFormat {
 public:
  /// The formats with names.
  static constexpr std::string_view kCombined =
      R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %T)";

  /// The combined log format, and how long the request took.
  AccessFormat();
  /// One object a line.
  [[nodiscard]] static AccessFormat json();
  /// For eyes: time, status, method, target, size and duration, with colours by status.
  [[nodiscard]] static AccessFormat colored();
  /// `combined`, `json`, `color`, or directives of Apache (mod_log_config), of which docs/logs.md has those
  /// that are known. kBadUsage says which one is not.
  [[nodiscard]] static Result<AccessFormat> parse(std::string_view text);

  /// The most bytes that a line about `entry` can take, newline included.
  [[nodiscard]] std::size_t most_bytes(const AccessEntry& entry) const noexcept;
  /// Writes the line and its newline to `out`; returns its end.
  [[nodiscard]] char* write(char* out, const AccessEntry& entry) const noexcept;

 private:
  enum class Kind {
    kText,           ///< as it stands
    kPeer,           ///< %h, %a
    kTime,           ///< %t
    kIsoTime,        ///< 2026-01-31T12:00:00.123Z
    kClock,          ///< 12:00:00
    kRequestLine,    ///< %r
    kMethod,         ///< %m
    kTarget,         ///< target as it was sent
    kPath,           ///< %U: the target without its query
    kQuery,          ///< %q: with its question mark
    kVersion,        ///< %H
    kHost,           ///< %v, %V
    kStatus,         ///< %s, %>s
    kColoredStatus,  ///< with the colour of its class
    kBytes,          ///< %b, %B
    kSeconds,        ///< %T: with six digits behind the point
    kMicroseconds,   ///< %D
    kMilliseconds,   ///< with two digits behind the point
    kRequestId,      ///< %L
    kRoute,          ///< %R
    kProcess,        ///< %P
    kField,          ///< %{NAME}i
  };
  enum class Quoting { kBackslash, kJson };
  struct Part {
    Kind kind;
    std::string text;  ///< of kText; the field's name of kField, in lower case
  };

  AccessFormat(std::vector<Part> parts, Quoting quoting);
  [[nodiscard]] static Result<Part> parse_directive(std::string_view& rest);
  [[nodiscard]] char* write(char* out, const Part& part, const AccessEntry& entry) const noexcept;
  [[nodiscard]] char* put_client_text(char* out, std::string_view text) const noexcept;

  std::vector<Part> parts_;
  Quoting quoting_ = Quoting::kBackslash;
  std::size_t fixed_bytes_ = 0;  ///< of all that is not the client's
};

}  // namespace wws::server

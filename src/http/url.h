// Request targets and paths: RFC 3986 and RFC 9112, section 3.2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wws::http {

/// A request target taken apart. Views into the target.
struct Target {
  std::string_view path;   ///< still encoded, starts with '/'
  std::string_view query;  ///< without '?'
  bool has_query = false;
  std::string_view authority;  ///< only for the absolute form
  bool absolute = false;
};

/// Splits an origin-form or absolute-form (http, https) target. Anything else, user information, a
/// fragment, bytes a target may not hold: std::nullopt. `*` is refused: only OPTIONS may use it, and
/// the caller handles that before. Beside what RFC 3986 allows, all visible ASCII but `#` is accepted:
/// browsers and other clients send these characters as they are. escape_uri() makes a URI of them.
[[nodiscard]] std::optional<Target> split_target(std::string_view target);

/// True for a Host field value or an authority: uri-host [":" port] with a port up to 65535; an empty
/// host is allowed (RFC 9112, 3.2). A host is an IPv6 address in brackets, or a name of unreserved
/// characters and escapes; no DNS name needs the sub-delims that RFC 3986 would allow.
[[nodiscard]] bool is_authority(std::string_view text) noexcept;

/// Appends `text`, a path or a query of a target, to `out`, with an escape for each character that a
/// URI may not hold (RFC 3986, 2.1). Escapes that are there stay as they are.
void escape_uri(std::string_view text, std::string& out);

/// One segment of a path, or a part of one, percent-encoded: what may stand in a segment stays (pchar, RFC
/// 3986, 3.3), everything else is an escape. `text` is not encoded: `%` becomes `%25`.
[[nodiscard]] std::string escape_segment(std::string_view text);

/// Doubled slashes merged, dot segments (also spelled with %2e) resolved, a trailing slash removed;
/// segments are percent-encoded, as they came or by escape_uri(): a backslash is no separator. `/` stays
/// `/`. std::nullopt: the path climbs above the root, holds a bad escape, %00, or is not UTF-8 when
/// decoded; such a request is answered with 404.
[[nodiscard]] std::optional<std::string> normalise_path(std::string_view path);

/// Decodes %XX once. std::nullopt for a bad escape, %00 or a result that is not UTF-8.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace wws::http

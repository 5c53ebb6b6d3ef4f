#include "http/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "http/characters.h"
#include "http/fields.h"

namespace wws::http {
namespace {

constexpr int kMaxPort = 65535;

bool all(std::string_view text, std::uint8_t character_class) noexcept {
  return std::all_of(text.begin(), text.end(), [=](char c) { return is(c, character_class); });
}

bool is_port(std::string_view text) noexcept {
  int port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + (c - '0');
    if (port > kMaxPort) return false;
  }
  return true;
}

bool is_ipv6(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  in6_addr address{};
  return text.find('\0') == std::string_view::npos && inet_pton(AF_INET6, terminated.data(), &address) == 1;
}

/// A name or an IPv4 address: unreserved characters and escapes.
bool is_registered_name(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is(text[i], kUnreservedChar)) continue;
    if (escape_at(text, i) <= 0) return false;
    i += 2;
  }
  return true;
}

void append_escape(char c, std::string& out) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += {'%', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
}

/// Splits "/path?query" and checks its characters.
bool split_origin(std::string_view text, Target& target) noexcept {
  const auto question = text.find('?');
  target.has_query = question != std::string_view::npos;
  target.path = text.substr(0, question);
  if (target.has_query) target.query = text.substr(question + 1);
  return all(target.path, kTargetChar) && all(target.query, kTargetChar);
}

/// Removes `prefix` from the front of `text` in any case.
bool take_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (!equals_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

enum class Segment { kName, kHere, kUp };

/// Tells dot segments from others; a dot may be spelled %2e.
Segment classify(std::string_view segment) noexcept {
  std::size_t dots = 0;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (escape_at(segment, i) == '.') {
      i += 2;
    } else if (segment[i] != '.') {
      return Segment::kName;
    }
    if (++dots > 2) return Segment::kName;
  }
  return dots == 1 ? Segment::kHere : Segment::kUp;  // a segment is never empty here
}

/// Nothing in `path` to check or change. The common case.
bool is_plain(std::string_view path) noexcept {
  if (path.size() > 1 && path.back() == '/') return false;
  char before = '\0';
  for (const char c : path) {
    if (c == '%' || !is(c, kUriChar)) return false;
    if (before == '/' && (c == '/' || c == '.')) return false;
    before = c;
  }
  return true;
}

}  // namespace

std::optional<Target> split_target(std::string_view text) {
  Target target;
  if (text.starts_with('/')) {
    if (!split_origin(text, target)) return std::nullopt;
    return target;
  }
  if (!take_prefix(text, "http://") && !take_prefix(text, "https://")) return std::nullopt;
  const auto end = std::min(text.find_first_of("/?#"), text.size());
  target.absolute = true;
  target.authority = text.substr(0, end);
  // The host of an http URL is never empty (RFC 9110, 4.2.1), unlike the Host field's.
  if (target.authority.empty() || target.authority.front() == ':' || !is_authority(target.authority)) {
    return std::nullopt;
  }
  if (!split_origin(text.substr(end), target)) return std::nullopt;
  if (target.path.empty()) target.path = "/";
  return target;
}

bool is_authority(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) return false;
    const auto rest = text.substr(close + 1);
    return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  }
  const auto colon = std::min(text.find(':'), text.size());
  if (colon < text.size() && !is_port(text.substr(colon + 1))) return false;
  return is_registered_name(text.substr(0, colon));
}

void escape_uri(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (is(c, kUriChar)) {
      out += c;
    } else {
      append_escape(c, out);
    }
  }
}

std::string escape_segment(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (is(c, kUriChar) && c != '%' && c != '/' && c != '?') {
      escaped += c;
    } else {
      append_escape(c, escaped);
    }
  }
  return escaped;
}

std::optional<std::string> normalise_path(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  if (is_plain(path)) return std::string(path);
  if (!percent_decode(path)) return std::nullopt;

  std::string result;
  result.reserve(path.size());
  while (!path.empty()) {
    path.remove_prefix(1);  // its slash
    const auto segment = path.substr(0, std::min(path.find('/'), path.size()));
    path.remove_prefix(segment.size());
    if (segment.empty()) continue;
    switch (classify(segment)) {
      case Segment::kHere:
        break;
      case Segment::kUp:
        if (result.empty()) return std::nullopt;
        result.resize(result.rfind('/'));
        break;
      case Segment::kName:
        result += '/';
        escape_uri(segment, result);
        break;
    }
  }
  if (result.empty()) result += '/';
  return result;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const int byte = escape_at(text, i);
    if (byte <= 0) return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  if (!base::is_utf8(result)) return std::nullopt;
  return result;
}

}  // namespace wws::http

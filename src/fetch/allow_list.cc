#include "fetch/allow_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace wws::fetch {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || stop != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

/// A rule's host and, behind a colon, its port.
struct Parts {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::optional<Parts> split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(end + 1);
    if (rest.empty()) return Parts{text.substr(1, end - 1), {}};
    if (!rest.starts_with(':')) return std::nullopt;
    return Parts{text.substr(1, end - 1), rest.substr(1)};
  }
  const std::size_t colon = text.find(':');
  // Of an IPv6 address without brackets every colon is its own.
  if (colon == std::string_view::npos || colon != text.rfind(':')) return Parts{text, {}};
  return Parts{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

Result<HostRule> HostRule::parse(std::string_view text) {
  const auto bad = [](std::string_view why) { return fail(ErrorCode::kBadConfig, std::string(why)); };
  if (text.find("://") != std::string_view::npos || text.find('/') != std::string_view::npos)
    return bad(
        "a host is written without a scheme and without a path, as in example.com or example.com:8443");
  const auto parts = split(text);
  if (!parts) return bad("an IPv6 address with a port is written [2001:db8::1]:443");
  HostRule rule;
  if (parts->port) {
    rule.port_ = parse_port(*parts->port);
    if (!rule.port_) return bad("a port is a number from 1 to 65535; without one every port is allowed");
  }
  rule.address_ = IpAddress::parse(parts->host);
  if (rule.address_) return rule;
  std::string_view host = parts->host;
  if (text.starts_with('[')) return bad("what stands in brackets is an IPv6 address");
  if (host.starts_with("*.")) {
    rule.is_pattern_ = true;
    host.remove_prefix(1);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  std::ranges::transform(host, std::back_inserter(rule.name_), to_lower);
  std::string_view labels = rule.name_;
  if (labels.starts_with('.') && rule.is_pattern_) labels.remove_prefix(1);
  if (labels.find('*') != std::string_view::npos)
    return bad("* stands for the labels before a name, as in *.example.com, and nowhere else");
  if (labels.empty() || labels.starts_with('.') || labels.find("..") != std::string_view::npos ||
      !std::ranges::all_of(labels, is_name_character))
    return bad(
        "a host is a name such as example.com (international names in their xn-- form), or an address");
  // Resolvers take such names for addresses, each in its own way.
  const std::string_view last = labels.substr(labels.rfind('.') + 1);
  if (last.find_first_not_of("0123456789") == std::string_view::npos || last.starts_with("0x"))
    return bad("an IPv4 address is written as four decimal numbers");
  return rule;
}

bool HostRule::allows(std::string_view host, std::uint16_t port) const {
  if (port_ && *port_ != port) return false;
  if (address_) return IpAddress::parse(host) == address_;
  return is_pattern_ ? host.size() > name_.size() && host.ends_with(name_) : host == name_;
}

bool HostRule::names(const IpAddress& address, std::uint16_t port) const {
  if (name_ == "localhost" && !is_pattern_) return port_ == port && is_loopback(address);
  return address_ == address && (!port_ || *port_ == port);
}

std::optional<std::string> AllowList::refuses(std::string_view method, std::string_view scheme,
                                              std::string_view host, std::uint16_t port) const {
  if (scheme != "https" && scheme != "http")
    return fmt::format("{}: only http and https can be reached", scheme);
  if (scheme == "http" && !allow_http)
    return std::string(
        "http is not allowed, only https: allow_http = true in [features.http_requests] allows it");
  if (std::ranges::find(methods, method) == methods.end())
    return fmt::format("{} is not in allowed_methods of [features.http_requests]", method);
  const bool is_allowed =
      std::ranges::any_of(hosts, [&](const HostRule& rule) { return rule.allows(host, port); });
  if (!is_allowed)
    return fmt::format("{}:{} is not in allowed_hosts of [features.http_requests]", host, port);
  return std::nullopt;
}

std::optional<std::string> AllowList::refuses(std::string_view host, const IpAddress& address,
                                              std::uint16_t port) const {
  if (is_global(address)) return std::nullopt;
  if (names(address, port)) return std::nullopt;
  return fmt::format(
      "{} is at {}, which is no public address: allowed_hosts of [features.http_requests] has to name the "
      "address itself",
      host, address.to_string());
}

bool AllowList::names(const IpAddress& address, std::uint16_t port) const {
  return std::ranges::any_of(hosts, [&](const HostRule& rule) { return rule.names(address, port); });
}

}  // namespace wws::fetch

#include "config/redis_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace wws::config {
namespace {

constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr std::uint32_t kMaxDatabase = 1'000'000;
constexpr std::size_t kMaxPrefix = 64;

struct Scheme {
  std::string_view name;
  RedisUrl::Topology topology;
  RedisUrl::Tls tls;
};

constexpr std::array kSchemes = {
    Scheme{"redis", RedisUrl::Topology::kOne, RedisUrl::Tls::kOff},
    Scheme{"rediss", RedisUrl::Topology::kOne, RedisUrl::Tls::kOn},
    Scheme{"redis+sentinel", RedisUrl::Topology::kSentinel, RedisUrl::Tls::kOff},
    Scheme{"rediss+sentinel", RedisUrl::Topology::kSentinel, RedisUrl::Tls::kOn},
    Scheme{"redis+cluster", RedisUrl::Topology::kCluster, RedisUrl::Tls::kOff},
    Scheme{"rediss+cluster", RedisUrl::Topology::kCluster, RedisUrl::Tls::kOn},
};

std::unexpected<Error> bad(std::string what) {
  return fail(ErrorCode::kBadConfig, "the Redis URL " + std::move(what));
}

/// Takes what stands before the first `mark`, and the mark; all, if there is none.
std::string_view take_until(std::string_view& rest, char mark) {
  const std::size_t at = rest.find(mark);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return taken;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// %XX as bytes.
std::optional<std::string> decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2 || value == 0)
      return std::nullopt;
    bytes += static_cast<char>(value);
    i += 2;
  }
  return bytes;
}

Result<RedisUrl::Host> parse_host(std::string_view text, std::uint16_t port) {
  RedisUrl::Host host{{}, port};
  std::string_view rest = text;
  if (rest.starts_with('[')) {
    rest.remove_prefix(1);
    if (rest.find(']') == std::string_view::npos)
      return bad(fmt::format("has \"[\" without \"]\" in \"{}\"", text));
    host.name = take_until(rest, ']');
    if (!rest.empty() && !rest.starts_with(':'))
      return bad(fmt::format("has a host that is none: \"{}\"", text));
    if (!rest.empty()) rest.remove_prefix(1);
  } else {
    host.name = take_until(rest, ':');
  }
  const auto is_of_a_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  };
  if (host.name.empty()) return bad("has no host");
  if (!std::ranges::all_of(host.name, is_of_a_name))
    return bad(fmt::format("has a host that is none: \"{}\"", text));
  if (host.name.size() + 1 < text.size() || text.ends_with(':')) {
    if (rest.empty() && text.ends_with(']')) return host;
    const auto given = number<std::uint16_t>(rest);
    if (!given || *given == 0) return bad(fmt::format("has a port that is none: \"{}\"", text));
    host.port = *given;
  }
  return host;
}

Result<void> read_credentials(std::string_view text, RedisUrl& url) {
  std::string_view password = text;
  const auto user = decoded(take_until(password, ':'));
  const auto secret = decoded(password);
  if (!user || !secret)
    return bad("has a user or a password with a \"%\" that is not followed by two hexadecimal digits");
  url.user = *user;
  url.password = *secret;
  return {};
}

Result<void> read_path(std::string_view path, RedisUrl& url) {
  if (url.topology == RedisUrl::Topology::kSentinel) {
    const auto primary = decoded(take_until(path, '/'));
    if (!primary || primary->empty())
      return bad("lacks the name of the primary: redis+sentinel://HOST,…/PRIMARY");
    url.primary = *primary;
  }
  if (path.empty()) return {};
  const auto database = number<std::uint32_t>(path);
  if (!database || *database > kMaxDatabase)
    return bad(fmt::format("has a database that is no number: \"{}\"", path));
  if (url.topology == RedisUrl::Topology::kCluster && *database != 0)
    return bad("names a database, and a Cluster has but one");
  url.database = *database;
  return {};
}

Result<void> read_query(std::string_view query, RedisUrl& url) {
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string_view name = take_until(value, '=');
    if (name != "prefix") return bad(fmt::format("has a parameter that is not known: \"{}\"", name));
    const auto is_plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
             c == '-' || c == '_';
    };
    if (value.empty() || value.size() > kMaxPrefix || !std::ranges::all_of(value, is_plain))
      return bad("has a prefix that is not 1 to 64 letters, digits, \"_\", \"-\" and \".\"");
    url.prefix = value;
  }
  return {};
}

}  // namespace

bool is_redis_url(std::string_view text) noexcept {
  return text.starts_with("redis") && text.find(':') != text.npos;
}

Result<RedisUrl> parse_redis_url(std::string_view text) {
  std::string_view rest = text;
  const std::string_view name = take_until(rest, ':');
  const auto* scheme = std::ranges::find(kSchemes, name, &Scheme::name);
  if (scheme == kSchemes.end() || !rest.starts_with("//"))
    return bad("begins with redis://, rediss://, redis+sentinel:// or redis+cluster://");
  rest.remove_prefix(2);
  RedisUrl url;
  url.topology = scheme->topology;
  url.tls = scheme->tls;

  std::string_view query = rest;
  std::string_view path = take_until(query, '?');
  std::string_view authority = take_until(path, '/');
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    if (auto read = read_credentials(authority.substr(0, at), url); !read) return fail(read);
    authority.remove_prefix(at + 1);
  }
  const std::uint16_t port = url.topology == RedisUrl::Topology::kSentinel ? kSentinelPort : kRedisPort;
  do {
    auto host = parse_host(take_until(authority, ','), port);
    if (!host) return fail(host);
    url.hosts.push_back(std::move(*host));
  } while (!authority.empty());
  if (url.topology == RedisUrl::Topology::kOne && url.hosts.size() > 1)
    return bad("has several hosts, as only redis+sentinel:// and redis+cluster:// have");
  if (auto read = read_path(path, url); !read) return fail(read);
  if (auto read = read_query(query, url); !read) return fail(read);
  return url;
}

}  // namespace wws::config

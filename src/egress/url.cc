#include "egress/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace wws::egress {
namespace {

/// Non-ASCII letters and spaces of paths and queries are percent-encoded. No credentials: they would be sent
/// on by redirects, and stand in logs.
constexpr unsigned kHow =
    CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER | CURLU_URLENCODE | CURLU_ALLOW_SPACE;
constexpr std::size_t kLongest = std::size_t{64} << 10;

std::unexpected<fetch::Refusal> invalid(const std::string& text, std::string_view why) {
  constexpr std::size_t kShown = 200;
  return std::unexpected(fetch::Refusal{fetch::Failure::kInvalid,
                                        fmt::format("{}: {}", log::escaped(text.substr(0, kShown)), why)});
}

/// Empty: the URL has none.
std::string part(CURLU* parts, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(parts, which, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string result(text);
  curl_free(text);
  return result;
}

void lower(std::string& text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

bool is_name(std::string_view host) {
  constexpr std::size_t kLongestName = 253;
  if (host.empty() || host.size() > kLongestName || host.starts_with('.') ||
      host.find("..") != std::string_view::npos)
    return false;
  const bool is_plain = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
  if (!is_plain) return false;
  // Resolvers take such names for addresses, each in its own way.
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return last.find_first_not_of("0123456789") != std::string_view::npos && !last.starts_with("0x");
}

std::string_view why(CURLUcode code) {
  switch (code) {
    case CURLUE_USER_NOT_ALLOWED:
      return "a URL with a user name; credentials go into an Authorization header";
    case CURLUE_BAD_HOSTNAME:
    case CURLUE_BAD_IPV6:
    case CURLUE_NO_HOST:
      return "its host is none";
    case CURLUE_BAD_PORT_NUMBER:
      return "its port is none";
    case CURLUE_BAD_SCHEME:
      return "an absolute URL is needed, as in https://example.com/";
    default:
      return curl_url_strerror(code);
  }
}

}  // namespace

std::expected<Url, fetch::Refusal> Url::parse(const std::string& text) {
  if (text.size() > kLongest) return invalid(text, "a URL has at most 64 KiB");
  if (text.find('\0') != std::string::npos) return invalid(text, "a URL has no NUL");
  Parts parts(curl_url());
  const CURLUcode code =
      parts ? curl_url_set(parts.get(), CURLUPART_URL, text.c_str(), kHow) : CURLUE_OUT_OF_MEMORY;
  if (code != CURLUE_OK) return invalid(text, why(code));
  return make(std::move(parts), text);
}

std::expected<Url, fetch::Refusal> Url::resolve(const std::string& location) const {
  if (location.size() > kLongest) return invalid(location, "a URL has at most 64 KiB");
  Parts parts(curl_url_dup(parts_.get()));
  const CURLUcode code =
      parts ? curl_url_set(parts.get(), CURLUPART_URL, location.c_str(), kHow) : CURLUE_OUT_OF_MEMORY;
  if (code != CURLUE_OK) return invalid(location, why(code));
  return make(std::move(parts), location);
}

std::expected<Url, fetch::Refusal> Url::make(Parts parts, const std::string& text) {
  Url url;
  curl_url_set(parts.get(), CURLUPART_FRAGMENT, nullptr, 0);
  url.origin_.scheme = part(parts.get(), CURLUPART_SCHEME);
  lower(url.origin_.scheme);
  if (url.origin_.scheme != "http" && url.origin_.scheme != "https") {
    url.parts_ = std::move(parts);
    return url;
  }
  const std::string given = part(parts.get(), CURLUPART_HOST);
  std::string host = given;
  lower(host);
  if (!part(parts.get(), CURLUPART_ZONEID).empty())
    return invalid(text, "an address with a zone is of one machine");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.size() > 1 && host.ends_with('.')) {
    host.pop_back();
  }
  url.address_ = fetch::IpAddress::parse(host);
  if (!url.address_ && !is_name(host))
    return invalid(text, "its host is neither a name (international ones in their xn-- form) nor an address");
  const std::string port = part(parts.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.origin_.port);
  if (error != std::errc() || end != port.data() + port.size() || url.origin_.port == 0)
    return invalid(text, "its port is none");
  // One spelling from here on: in the Host field, for TLS, and among pooled connections.
  std::string written = host;
  if (url.address_) {
    host = url.address_->to_string();
    written = url.address_->is_ipv4() ? host : "[" + host + "]";
  }
  if (written != given && curl_url_set(parts.get(), CURLUPART_HOST, written.c_str(), 0) != CURLUE_OK)
    return invalid(text, "its host is none");
  url.origin_.host = std::move(host);
  url.parts_ = std::move(parts);
  return url;
}

/// libcurl would put the same together, with a printf of its own that costs as much as parsing did.
std::string Url::to_string() const {
  if (origin_.host.empty()) return part(parts_.get(), CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
  std::string text = origin_.scheme + "://" + part(parts_.get(), CURLUPART_HOST);
  if (origin_.port != (origin_.scheme == "https" ? 443 : 80)) text += ':' + std::to_string(origin_.port);
  text += part(parts_.get(), CURLUPART_PATH);
  if (const std::string query = part(parts_.get(), CURLUPART_QUERY); !query.empty()) text += '?' + query;
  return text;
}

}  // namespace wws::egress

// What becomes of a request when its answer leads elsewhere (Fetch standard, "HTTP-redirect fetch").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wws::fetch {

/// Beyond these a request goes round in circles.
inline constexpr unsigned kMostRedirects = 20;

using Fields = std::vector<std::pair<std::string, std::string>>;

/// Scheme, host and port of a URL.
struct Origin {
  std::string scheme;
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// A request as far as redirects change it.
struct Hop {
  std::string method;
  Fields fields;
  bool has_body = false;
};

/// Whether an answer of this status, with a Location, leads elsewhere.
[[nodiscard]] bool is_redirect(int status) noexcept;

/// The next hop after an answer of `status`: 303, and 301 and 302 of POST, become GET without a body; a
/// change of origin drops what tells who is asking. std::nullopt: the body, which was read once and is gone,
/// would have to be sent again.
[[nodiscard]] std::optional<Hop> follow(Hop hop, int status, const Origin& from, const Origin& to);

}  // namespace wws::fetch

#include "fetch/redirect.h"

#include <algorithm>
#include <array>
#include <span>

namespace wws::fetch {
namespace {

/// Request-body headers of the Fetch standard; Content-Length and Transfer-Encoding are the client's own.
constexpr std::array<std::string_view, 5> kOfTheBody = {"content-encoding", "content-language",
                                                        "content-location", "content-type", "content-length"};
/// What names the one who asks is for the origin that the worker chose.
constexpr std::array<std::string_view, 4> kCredentials = {"authorization", "cookie", "proxy-authorization",
                                                          "cookie2"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

void drop(Fields& fields, std::span<const std::string_view> names) {
  std::erase_if(
      fields, [&](const auto& field) { return std::ranges::find(names, lower(field.first)) != names.end(); });
}

}  // namespace

bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::optional<Hop> follow(Hop hop, int status, const Origin& from, const Origin& to) {
  const bool is_post_moved = (status == 301 || status == 302) && hop.method == "POST";
  const bool see_other = status == 303 && hop.method != "GET" && hop.method != "HEAD";
  if (is_post_moved || see_other) {
    hop.method = "GET";
    hop.has_body = false;
    drop(hop.fields, kOfTheBody);
  }
  if (hop.has_body) return std::nullopt;
  if (from != to) drop(hop.fields, kCredentials);
  return hop;
}

}  // namespace wws::fetch

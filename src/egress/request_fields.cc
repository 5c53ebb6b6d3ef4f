#include "egress/request_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "http/cdn_loop.h"
#include "http/characters.h"

namespace wws::egress {
namespace {

constexpr std::array<std::string_view, 10> kOfConnection = {"connection",
                                                            "keep-alive",
                                                            "te",
                                                            "trailer",
                                                            "transfer-encoding",
                                                            "upgrade",
                                                            "proxy-connection",
                                                            "http2-settings",
                                                            "proxy-authenticate",
                                                            "proxy-authorization"};
/// Of requests: what is written here, or by libcurl.
constexpr std::array<std::string_view, 4> kOurs = {"host", "content-length", "expect", "cdn-loop"};
/// Methods that make something else of a connection, or show what was added on the way (Fetch standard).
constexpr std::array<std::string_view, 3> kForbiddenMethods = {"CONNECT", "TRACE", "TRACK"};

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, name) != names.end();
}

std::unexpected<fetch::Refusal> invalid(std::string message) {
  return std::unexpected(fetch::Refusal{fetch::Failure::kInvalid, std::move(message)});
}

}  // namespace

std::expected<fetch::Fields, fetch::Refusal> prepare_fields(const fetch::Request& request) {
  if (!is_token(request.method)) return invalid("a method is a word such as GET");
  if (is_one_of(request.method, kForbiddenMethods))
    return invalid(request.method + " cannot be used by workers");
  if (http::count_passes(request.loop, http::kCdnId) >= http::kMostPasses)
    return std::unexpected(fetch::Refusal{
        fetch::Failure::kLoop,
        fmt::format("this request has come by here {} times: a worker asks for itself", http::kMostPasses)});
  fetch::Fields fields;
  std::size_t size = request.loop.size();
  bool has_agent = false;
  for (const auto& [name, value] : request.fields) {
    size += name.size() + value.size();
    if (size > kLargestHead) return invalid("the header fields of a request have at most 64 KiB");
    if (!is_token(name))
      return invalid(fmt::format("\"{}\" is no name of a header field", log::escaped(name)));
    if (!is_value(value))
      return invalid(fmt::format(
          "the value of the header field {} has a line break or another control character", name));
    const std::string lower = http::lower_case(name);
    if (is_one_of(lower, kOfConnection) || is_one_of(lower, kOurs)) continue;
    has_agent = has_agent || lower == "user-agent";
    fields.emplace_back(name, std::string(trim(value)));
  }
  if (!is_value(request.loop)) return invalid("CDN-Loop has a control character");
  if (!has_agent) fields.emplace_back("User-Agent", "wws");
  fields.emplace_back("CDN-Loop", request.loop.empty() ? "wws" : request.loop + ", wws");
  return fields;
}

std::optional<std::pair<std::string, std::string>> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_token(name) || !is_value(value)) return std::nullopt;
  return std::pair(http::lower_case(name), std::string(value));
}

bool is_for_worker(std::string_view lower_name) noexcept { return !is_one_of(lower_name, kOfConnection); }

}  // namespace wws::egress

#include "config/smoke_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace wws::config {
namespace {

constexpr int kInClass = 100;

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_printable(char c) { return c > ' ' && c <= '~'; }

/// The part in front of the next space, which is taken away with it.
std::string_view take_part(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

struct Statuses {
  int lowest = 0;
  int highest = 0;
};

std::optional<Statuses> parse_statuses(std::string_view text) {
  if (text.size() != 3 || text[0] < '2' || text[0] > '5') return std::nullopt;
  const int lowest = (text[0] - '0') * kInClass;
  if (text.substr(1) == "xx") return Statuses{lowest, lowest + kInClass - 1};
  if (!is_digit(text[1]) || !is_digit(text[2])) return std::nullopt;
  const int status = lowest + (text[1] - '0') * 10 + (text[2] - '0');
  return Statuses{status, status};
}

}  // namespace

Result<SmokeRequest> parse_smoke_request(std::string_view text) {
  const std::string_view method = take_part(text);
  const std::string_view path = take_part(text);
  if (method.empty() || !std::ranges::all_of(method, is_letter) || path.empty())
    return fail(ErrorCode::kBadConfig, "\"METHOD PATH STATUS\" is needed, such as \"GET /health 200\"");
  if (!path.starts_with('/') || !std::ranges::all_of(path, is_printable)) {
    return fail(ErrorCode::kBadConfig,
                "its path begins with a slash, and has only what a client may send: other characters as %XX");
  }
  const auto statuses = parse_statuses(text);
  if (!statuses) {
    return fail(ErrorCode::kBadConfig,
                "it ends in the status that is wanted: a number from 200 to 599, or a class such as 2xx");
  }
  return SmokeRequest{std::string(method), std::string(path), statuses->lowest, statuses->highest};
}

std::string name_of(const SmokeRequest& request) { return request.method + " " + request.path; }

std::string status_text(const SmokeRequest& request) {
  if (request.lowest == request.highest) return std::to_string(request.lowest);
  return fmt::format("{}xx", request.lowest / kInClass);
}

}  // namespace wws::config

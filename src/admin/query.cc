#include "admin/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "http/characters.h"

namespace wws::admin {
namespace {

/// Numbers that JavaScript has too.
constexpr std::uint64_t kLargestNumber = std::uint64_t{1} << 53U;

}  // namespace

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int byte = http::escape_at(text, i);
    if (byte < 0) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    const std::size_t equals = std::min(part.find('='), part.size());
    if (part.substr(0, equals) == name) {
      std::string value(part.substr(std::min(equals + 1, part.size())));
      std::ranges::replace(value, '+', ' ');
      return decoded(value);
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

Result<std::uint64_t> number_parameter(std::string_view query, std::string_view name, std::uint64_t fallback,
                                       std::uint64_t most) {
  const auto text = parameter(query, name);
  if (!text) return fallback;
  std::uint64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end || number > most)
    return fail(ErrorCode::kBadUsage, fmt::format("{} is a number up to {}", name, most));
  return number;
}

Result<Recent::Query> recent_query(std::string_view query) {
  const auto after = number_parameter(query, "after", 0, kLargestNumber);
  if (!after) return std::unexpected(after.error());
  const auto limit = number_parameter(query, "limit", Recent::kUsuallyGiven, Recent::kMostGiven);
  if (!limit) return std::unexpected(limit.error());
  const auto level = log::parse_level(parameter(query, "level").value_or("debug"));
  if (!level || *level == log::Level::kOff)
    return fail(ErrorCode::kBadUsage, "level is debug, info, warn or error");
  return Recent::Query{*after, *level, std::max<std::size_t>(1, *limit)};
}

}  // namespace wws::admin

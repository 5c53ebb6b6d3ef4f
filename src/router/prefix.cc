#include "router/prefix.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "http/url.h"

namespace wws::router {
namespace {

/// Takes the first segment, with the slash before it, off a path.
std::string_view take_segment(std::string_view& path) {
  const std::string_view segment = path.substr(0, std::min(path.find('/', 1), path.size()));
  path.remove_prefix(segment.size());
  return segment;
}

bool may_stand_in_a_path(std::string_view segment) {
  return std::none_of(segment.begin(), segment.end(), [](char c) {
    return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

std::string_view or_root(std::string_view rest) { return rest.empty() ? std::string_view("/") : rest; }

}  // namespace

Result<std::string> normalise_prefix(std::string_view prefix) {
  const auto bad = [&](std::string_view what) {
    return fail(ErrorCode::kBadUsage, fmt::format("--prefix \"{}\": {}", log::escaped(prefix), what));
  };
  std::string path = "/";
  for (const char c : prefix) {
    if (c == '?') {
      path += "%3F";  // it begins no query here
    } else {
      path += c == '\\' ? '/' : c;
    }
  }
  const auto normal = http::normalise_path(path);
  if (!normal)
    return bad("it climbs above the root, is not UTF-8, or has an escape that is none: write % as %25");
  std::string result;
  for (std::string_view rest = *normal == "/" ? std::string_view() : *normal; !rest.empty();) {
    const auto decoded = http::percent_decode(take_segment(rest).substr(1));
    if (!decoded || !may_stand_in_a_path(*decoded))
      return bad("a slash, backslash or control character is no part of a name");
    result.append("/").append(http::escape_segment(*decoded));
  }
  return result;
}

std::optional<std::string_view> below_prefix(std::string_view path, std::string_view prefix) {
  if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/')) {
    return or_root(path.substr(prefix.size()));
  }
  while (!prefix.empty()) {
    if (path.empty()) return std::nullopt;
    const std::string_view wanted = take_segment(prefix);
    const std::string_view given = take_segment(path);
    if (wanted != given && http::percent_decode(wanted) != http::percent_decode(given)) return std::nullopt;
  }
  return or_root(path);
}

}  // namespace wws::router

#include "http/cdn_loop.h"

#include <algorithm>

namespace wws::http {
namespace {

std::string_view trim(std::string_view text) noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

unsigned count_passes(std::string_view value, std::string_view id) noexcept {
  unsigned count = 0;
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(','), value.size());
    const std::string_view entry = value.substr(0, end);
    if (trim(entry.substr(0, entry.find(';'))) == id) ++count;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return count;
}

}  // namespace wws::http

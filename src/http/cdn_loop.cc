#include "http/cdn_loop.h"

#include <algorithm>

#include "http/fields.h"

namespace wws::http {

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

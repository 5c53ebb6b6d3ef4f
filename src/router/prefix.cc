#include "router/prefix.h"

#include <algorithm>

namespace wws::router {

std::string normalise_prefix(std::string_view prefix) {
  std::string result;
  for (const char written : prefix) {
    const char c = written == '\\' ? '/' : written;
    if (c == '/' && result.ends_with('/')) continue;
    if (result.empty() && c != '/') result += '/';
    result += c;
  }
  if (result.ends_with('/')) result.pop_back();
  return result;
}

}  // namespace wws::router

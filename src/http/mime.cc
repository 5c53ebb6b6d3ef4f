#include "http/mime.h"

#include <algorithm>
#include <array>

#include "http/characters.h"

namespace wws::http {
namespace {

struct Entry {
  std::string_view extension;
  std::string_view type;
};

constexpr auto kTypes = std::to_array<Entry>({
#include "http/media_types.inc"
});
static_assert(std::ranges::is_sorted(kTypes, {}, &Entry::extension));

constexpr std::size_t kLongestExtension = 16;

}  // namespace

std::string_view content_type(std::string_view file_name) noexcept {
  constexpr std::string_view kUnknown = "application/octet-stream";
  const auto dot = file_name.find_last_of("./");
  if (dot == std::string_view::npos || file_name[dot] == '/') return kUnknown;
  const auto extension = file_name.substr(dot + 1);
  if (extension.size() > kLongestExtension) return kUnknown;
  std::array<char, kLongestExtension> lower{};
  std::ranges::transform(extension, lower.begin(), to_lower);
  const std::string_view key(lower.data(), extension.size());
  const auto* entry = std::ranges::lower_bound(kTypes, key, {}, &Entry::extension);
  return entry != kTypes.end() && entry->extension == key ? entry->type : kUnknown;
}

}  // namespace wws::http

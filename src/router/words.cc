#include "router/words.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace wws::router {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Beyond ASCII, in order.
constexpr auto kWordRanges = std::to_array<Range>({
#include "router/word_ranges.inc"
});
static_assert(std::ranges::is_sorted(kWordRanges, {}, &Range::first));

bool is_word_character(char32_t c) noexcept {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  const auto* behind = std::ranges::upper_bound(kWordRanges, c, {}, &Range::first);
  return behind != kWordRanges.begin() && c <= std::prev(behind)->last;
}

}  // namespace

bool is_word(std::string_view text) noexcept {
  if (text.empty() || !base::is_utf8(text)) return false;
  while (!text.empty()) {
    if (!is_word_character(base::take_character(text))) return false;
  }
  return true;
}

}  // namespace wws::router

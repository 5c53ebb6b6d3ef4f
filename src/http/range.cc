#include "http/range.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "http/fields.h"

namespace wws::http {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

/// 1*DIGIT. A number too large to hold is as good as the largest: no file reaches that far.
std::optional<std::uint64_t> parse_position(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kMax - digit) / 10 ? kMax : value * 10 + digit;
  }
  return value;
}

RangeResult suffix(std::string_view text, std::uint64_t size) noexcept {
  const auto length = parse_position(text);
  if (!length) return {};
  if (*length == 0) return {RangeKind::kUnsatisfiable, {}};
  if (size == 0) return {};
  const auto served = std::min(*length, size);
  return {RangeKind::kOne, {size - served, served}};
}

}  // namespace

RangeResult parse_range(std::string_view value, std::uint64_t size) noexcept {
  const auto equals = value.find('=');
  if (equals == std::string_view::npos) return {};
  if (!equals_ignoring_case(value.substr(0, equals), "bytes")) return {};
  const auto spec = trim(value.substr(equals + 1));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  if (dash == 0) return suffix(spec.substr(1), size);

  const auto first = parse_position(spec.substr(0, dash));
  const auto last_text = spec.substr(dash + 1);
  const auto last = last_text.empty() ? std::optional(kMax) : parse_position(last_text);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return {RangeKind::kUnsatisfiable, {}};
  return {RangeKind::kOne, {*first, std::min(*last, size - 1) - *first + 1}};
}

}  // namespace wws::http

#include "hardening/policy.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstddef>

namespace wws::hardening {
namespace {

constexpr std::array<std::string_view, 3> kModes = {"on", "required", "off"};  // in the order of Mode

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

}  // namespace

std::optional<Mode> parse_mode(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kModes.size(); ++i) {
    if (kModes[i] == text) return static_cast<Mode>(i);
  }
  return std::nullopt;
}

std::string to_argument(const Policy& policy) {
  const std::string_view mode = kModes.at(static_cast<std::size_t>(policy.mode));
  if (!policy.identity) return std::string(mode);
  return fmt::format("{},{}:{}", mode, policy.identity->user, policy.identity->group);
}

Result<Policy> parse_policy(std::string_view argument) {
  const std::string_view word = argument.substr(0, argument.find(','));
  const auto mode = parse_mode(word);
  Policy policy{mode.value_or(Mode::kRequired), std::nullopt};
  bool good = mode.has_value();
  if (good && word.size() < argument.size()) {
    const std::string_view numbers = argument.substr(word.size() + 1);
    const std::size_t colon = numbers.find(':');
    Identity& identity = policy.identity.emplace();
    good = colon != std::string_view::npos && read_number(numbers.substr(0, colon), identity.user) &&
           read_number(numbers.substr(colon + 1), identity.group);
  }
  if (!good) return fail(ErrorCode::kInternal, fmt::format("\"{}\" is no policy for a child", argument));
  return policy;
}

}  // namespace wws::hardening

#include "server/request_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace wws::server {
namespace {

constexpr std::size_t kLongest = 128;

bool may_stand(char c) noexcept {
  constexpr std::string_view kMarks = "-._~+/=:@";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

}  // namespace

bool is_request_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, may_stand);
}

RequestIds::RequestIds(base::Random& random) {
  std::array<std::uint8_t, 8> bytes{};
  (void)random.fill(bytes);  // without it the names are those of other processes too, and no worse
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof(number));
  prefix_ = fmt::format("{:016x}-", number);
}

bool RequestIds::name(http::Request& request) {
  auto field = std::ranges::find_if(
      request.fields, [](const auto& one) { return http::equals_ignoring_case(one.name, kRequestIdField); });
  if (field != request.fields.end() && is_request_id(field->value)) {
    request.id = field->value;
    return true;
  }
  std::array<char, 16> digits{};
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), ++count_, 16).ptr;
  request.id.assign(prefix_).append(std::string_view(digits.data(), end));
  if (field != request.fields.end()) {
    field->value = request.id;
  } else {
    request.fields.push_back({kRequestIdField, request.id});
  }
  return false;
}

}  // namespace wws::server

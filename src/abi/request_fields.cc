#include "abi/request_fields.h"

#include <algorithm>

namespace wws::abi {

bool is_repeated(const std::vector<http::FieldView>& fields, std::size_t index) noexcept {
  return std::any_of(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(index),
                     [&](const http::FieldView& field) {
                       return http::equals_ignoring_case(field.name, fields[index].name);
                     });
}

std::string_view joined_value(const std::vector<http::FieldView>& fields, std::size_t index,
                              std::string& scratch) {
  const http::FieldView& first = fields[index];
  const std::string_view separator = http::equals_ignoring_case(first.name, "cookie") ? "; " : ", ";
  bool is_joined = false;
  for (std::size_t i = index + 1; i < fields.size(); ++i) {
    if (!http::equals_ignoring_case(fields[i].name, first.name)) continue;
    if (!is_joined) scratch = first.value;
    is_joined = true;
    scratch.append(separator).append(fields[i].value);
  }
  return is_joined ? std::string_view(scratch) : first.value;
}

http::Target sent_target(const http::Request& request) noexcept {
  const auto target = http::split_target(request.target);
  return target ? *target : http::Target{request.path, request.query, request.has_query, {}, false};
}

}  // namespace wws::abi

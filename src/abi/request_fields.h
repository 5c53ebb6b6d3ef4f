// Header fields of a request for ABIs that give each name one value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/fields.h"
#include "http/request.h"
#include "http/url.h"

namespace wws::abi {

/// True when a field of the same name stands before `index`: it is given with that one.
[[nodiscard]] bool is_repeated(const std::vector<http::FieldView>& fields, std::size_t index) noexcept;

/// The value of field `index`, joined with those of its name after it (RFC 9110, 5.3). Valid as long as the
/// fields and `scratch`, which holds it where there was something to join.
[[nodiscard]] std::string_view joined_value(const std::vector<http::FieldView>& fields, std::size_t index,
                                            std::string& scratch);

/// Path and query as the client sent them: the path before it was normalised, with the slash at its end,
/// doubled slashes and dot segments, and both before characters were escaped. Valid as long as the request.
[[nodiscard]] http::Target sent_target(const http::Request& request) noexcept;

}  // namespace wws::abi

// Header fields (RFC 9110, section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wws::http {

/// One field line; views into bytes that outlive it (a request's head).
struct FieldView {
  std::string_view name;
  std::string_view value;
};

/// One field line that owns its text.
struct Field {
  std::string name;
  std::string value;
  friend bool operator==(const Field&, const Field&) = default;
};

/// ASCII case-insensitive equality, as field names and many tokens need it.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// `tchar` of RFC 9110, 5.6.2.
[[nodiscard]] bool is_token_char(char c) noexcept;
/// A non-empty token: what a field name and a method must be.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// What a field value may hold here: no control bytes but tab, no leading or trailing white space.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

/// Without the optional white space around it (RFC 9110, 5.6.3).
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// The first field with this name, in any case.
template <class Fields>
[[nodiscard]] std::optional<std::string_view> find(const Fields& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (equals_ignoring_case(field.name, name)) return std::string_view(field.value);
  }
  return std::nullopt;
}

}  // namespace wws::http

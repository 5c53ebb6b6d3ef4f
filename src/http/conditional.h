// Conditional requests (RFC 9110, section 13), as pure functions of the fields and the validators.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "http/fields.h"

namespace wws::http {

/// What the server knows about the current representation.
struct Validators {
  std::string_view etag;           ///< with its quotes, and W/ when weak; empty: no entity tag
  std::int64_t last_modified = 0;  ///< seconds since 1970
};

enum class Precondition {
  kProceed,      ///< answer as if the request had no condition
  kNotModified,  ///< 304
  kFailed,       ///< 412
};

/// Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since for an existing
/// representation, in the order of RFC 9110, 13.2.2. Fields with a date that cannot be read are
/// ignored; a malformed entity tag matches nothing.
[[nodiscard]] Precondition evaluate(const std::vector<FieldView>& fields, std::string_view method,
                                    const Validators& validators) noexcept;

/// True when a Range may be served: no If-Range, or one that names exactly this representation
/// (RFC 9110, 13.1.5: strong entity tag, or the very Last-Modified date).
[[nodiscard]] bool if_range_holds(const std::vector<FieldView>& fields,
                                  const Validators& validators) noexcept;

}  // namespace wws::http

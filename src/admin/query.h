// What a request asks for behind its '?'.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "admin/recent.h"
#include "base/result.h"

namespace wws::admin {

/// `text` with each %XX as the byte that it stands for, whatever bytes they are; std::nullopt: a bad escape.
[[nodiscard]] std::optional<std::string> decoded(std::string_view text);

/// The value of the first parameter of this name, decoded; std::nullopt: there is none, or it cannot be
/// decoded.
[[nodiscard]] std::optional<std::string> parameter(std::string_view query, std::string_view name);

/// A number up to `most`; `fallback` if there is no such parameter. kBadUsage: it is something else, and the
/// text says which.
[[nodiscard]] Result<std::uint64_t> number_parameter(std::string_view query, std::string_view name,
                                                     std::uint64_t fallback, std::uint64_t most);

/// `after`, `level` and `limit`. kBadUsage as above.
[[nodiscard]] Result<Recent::Query> recent_query(std::string_view query);

}  // namespace wws::admin

// The header of an outgoing request: what of the worker's is sent.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fetch/message.h"
#include "fetch/redirect.h"

namespace wws::egress {

/// Of names and values together.
inline constexpr std::size_t kLargestHead = std::size_t{64} << 10;

/// Without the fields that frame a message, tell of hops or name the host, which are libcurl's to write; with
/// `User-Agent` and `CDN-Loop`. kInvalid: a method, name or value that is none (RFC 9110), or a head above
/// kLargestHead. kLoop: it has come by here http::kMostPasses times.
[[nodiscard]] std::expected<fetch::Fields, fetch::Refusal> prepare_fields(const fetch::Request& request);

/// Lower case, without white space around a value; std::nullopt: a line of an answer's head that is no field.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> parse_field(std::string_view line);
/// Whether an answer's field is for the worker, and not of the connection.
[[nodiscard]] bool is_for_worker(std::string_view lower_name) noexcept;

}  // namespace wws::egress

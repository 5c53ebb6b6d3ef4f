// What the admin interface has, as a table (docs/admin.md, openapi.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "metrics/text.h"

namespace wws::admin {

/// Whether a request needs the token.
enum class Access : std::uint8_t { kOpen, kToken };

/// What the body of an answer is.
enum class Content : std::uint8_t { kJson, kMetrics, kStats };

struct Endpoint {
  std::string_view method;
  std::string_view path;
  std::string_view question;  ///< for the authority; empty: answered here
  Access access = Access::kToken;
  Content content = Content::kJson;
};

[[nodiscard]] std::span<const Endpoint> endpoints() noexcept;

// Questions that are made here.
inline constexpr std::string_view kMetricsQuestion = "metrics";
inline constexpr std::string_view kOpenMetricsQuestion = "openmetrics";
inline constexpr std::string_view kStatsQuestion = "stats";
inline constexpr std::string_view kOldWorkers = "v0/workers";

inline constexpr std::string_view kStatsPath = "/api/v1/stats";
inline constexpr std::string_view kErrorsPath = "/api/v1/errors";
inline constexpr std::string_view kLogPath = "/api/v1/log";
inline constexpr std::string_view kOpenApiPath = "/api/v1/openapi.json";
/// Below it is one worker of the original's interface, by its id.
inline constexpr std::string_view kOldWorkersPath = "/_api/v0/workers";

/// The format that a client wants, by its Accept field.
[[nodiscard]] metrics::Format wanted_format(std::string_view accept) noexcept;

/// The description of all of it, as OpenAPI 3.1 in JSON.
[[nodiscard]] std::string_view openapi_document() noexcept;

}  // namespace wws::admin

#include "admin/endpoints.h"

#include <array>

#include "admin/keys.h"

namespace wws::admin {
namespace {

constexpr std::array kEndpoints = {
    Endpoint{"GET", "/metrics", kMetricsQuestion, Access::kToken, Content::kMetrics},
    Endpoint{"GET", "/healthz", "health", Access::kOpen},
    Endpoint{"GET", "/readyz", "ready", Access::kOpen},
    Endpoint{"GET", "/api/v1/status", "status"},
    Endpoint{"GET", "/api/v1/workers", "workers"},
    Endpoint{"GET", "/api/v1/routes", "routes"},
    Endpoint{"GET", "/api/v1/problems", "problems"},
    Endpoint{"GET", "/api/v1/processes", "processes"},
    Endpoint{"GET", kStatsPath, kStatsQuestion, Access::kToken, Content::kStats},
    Endpoint{"GET", kErrorsPath, ""},
    Endpoint{"GET", kLogPath, ""},
    Endpoint{"GET", kKeysPath, ""},
    Endpoint{"GET", kKeysSpacePath, ""},
    Endpoint{"GET", kKeysKeyPath, ""},
    Endpoint{"PUT", kKeysKeyPath, ""},
    Endpoint{"DELETE", kKeysKeyPath, ""},
    Endpoint{"POST", "/api/v1/reload", "reload"},
    Endpoint{"POST", "/api/v1/drain", "drain"},
    Endpoint{"DELETE", "/api/v1/drain", "undrain"},
    Endpoint{"GET", kOpenApiPath, ""},
    Endpoint{"GET", kOldWorkersPath, kOldWorkers},
};

}  // namespace

std::span<const Endpoint> endpoints() noexcept { return kEndpoints; }

/// Who names OpenMetrics understands it; weights are left aside.
metrics::Format wanted_format(std::string_view accept) noexcept {
  return accept.find("application/openmetrics-text") == std::string_view::npos
             ? metrics::Format::kPrometheus
             : metrics::Format::kOpenMetrics;
}

}  // namespace wws::admin

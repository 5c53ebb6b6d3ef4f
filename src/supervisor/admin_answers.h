// What the admin interface tells of a site (src/admin/openapi.cc has the forms).
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/worker_config.h"
#include "runtime/role.h"
#include "supervisor/site_message.h"

namespace wws::supervisor {

/// What stands in place of the value of a variable: it may be a secret.
inline constexpr std::string_view kMasked = "***";

/// Of a worker's module: "ready", "pending", "failed" or "put_aside", and why.
struct ModuleState {
  std::string_view name = "ready";
  std::string error{};
};
using StateOf = std::function<ModuleState(std::uint32_t module)>;

[[nodiscard]] double in_seconds(base::Duration time);

/// "serving", "store": how the interface names a role.
[[nodiscard]] std::string_view short_name(const runtime::Role& role);

/// Names a worker, by its file: the same at each start.
[[nodiscard]] std::string worker_id(std::string_view file);

[[nodiscard]] boost::json::object limits_json(const config::Limits& limits);
[[nodiscard]] boost::json::array workers_json(const SiteMessage& site, const StateOf& state_of);
/// In the order in which they are matched.
[[nodiscard]] boost::json::array routes_json(const SiteMessage& site);

/// In the forms of version 1.x: the list, and one worker; std::nullopt: there is none with this id.
[[nodiscard]] boost::json::array old_workers_json(const SiteMessage& site);
[[nodiscard]] std::optional<boost::json::object> old_worker_json(const SiteMessage& site,
                                                                 std::string_view id);

}  // namespace wws::supervisor

// The outgoing HTTP that a project needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "cli/options.h"
#include "runtime/project.h"
#include "supervisor/egress_message.h"

namespace wws::cli {

/// ADDRESS:PORT of each of the server's own sockets. kIo: that cannot be found out.
[[nodiscard]] Result<std::vector<std::string>> names_of(std::span<const base::File> listeners);

/// What the workers of a project may reach; `listeners` are the server's own, which they may not.
/// std::nullopt: no worker reaches anybody.
[[nodiscard]] std::optional<supervisor::EgressMessage> plan_egress(const ServeOptions& options,
                                                                   const runtime::Project& project,
                                                                   const std::vector<std::string>& listeners);

/// The place of the worker's grant among those; std::nullopt: it has none.
[[nodiscard]] std::optional<std::uint16_t> grant_of(const runtime::Project& project, std::size_t worker);

}  // namespace wws::cli

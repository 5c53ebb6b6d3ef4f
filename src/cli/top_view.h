// A server's figures as a table for a terminal.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace wws::cli {

/// What the admin interface told at one moment (docs/admin.md): three answers of it.
struct TopSample {
  base::Instant taken;  ///< by the clock of who asks: that of a server begins anew with the next one
  boost::json::value status;
  boost::json::value processes;
  boost::json::value stats;
};

/// Lines for a screen of so many columns: the server, and its routes, the busiest first. Rates and times are
/// those between two samples; without one before, of all since the start, and so too where counters fell,
/// since that was another server's. The samples are as openapi.cc describes them, or Boost.JSON throws.
[[nodiscard]] std::vector<std::string> top_lines(const TopSample& now, const std::optional<TopSample>& before,
                                                 std::size_t columns);

}  // namespace wws::cli

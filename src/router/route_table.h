// All routes of a project, ready to match.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "router/route.h"

namespace wws::router {

/// All routes of a project, in matching order (docs/routing.md).
///
/// Built once per load and never changed: safe to share between requests without locks.
/// A reload builds a new table and swaps the pointer; requests keep the one they started with.
class RouteTable {
 public:
  RouteTable() = default;

  /// Sorts and checks the routes. Two files for one pattern: the first by docs/routing.md wins,
  /// the other is reported to `diagnostics` as a warning.
  static RouteTable build(std::vector<Route> routes, config::Diagnostics& diagnostics);

  /// The best route for a normalised, still percent-encoded path (http/url.h), and the decoded values
  /// of its parameters. Nothing matches: std::nullopt. Cost: O(segments) for static routes and for
  /// tables without many similar patterns; never more than the number of routes that share a prefix.
  [[nodiscard]] std::optional<Match> match(std::string_view path) const;

  /// In matching order: static, dynamic, tail.
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace wws::router

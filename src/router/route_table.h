// All routes of a project, ready to match.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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
  /// of its parameters. Nothing matches: std::nullopt. Static routes cost one look-up in a hash table;
  /// others a walk down a tree of segments, which branches only where patterns overlap.
  [[nodiscard]] std::optional<Match> match(std::string_view path) const;

  /// In matching order: static, dynamic, tail.
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  struct Node;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  void index();
  void add_to_tree(Node& root, std::size_t route);
  void search(const Node& node, const std::vector<std::string>& path, std::size_t depth,
              std::size_t& best) const;
  [[nodiscard]] std::optional<std::size_t> find_static(const std::vector<std::string>& segments) const;

  std::vector<Route> routes_;
  /// Static routes by their decoded path.
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> static_;
  /// Dynamic routes, and those with a tail at their end, by segment. Shared: copies of a table are equal.
  std::shared_ptr<const Node> tree_;
  /// Routes with a tail in the middle: few, tried in turn.
  std::vector<std::size_t> middle_tails_;
};

}  // namespace wws::router

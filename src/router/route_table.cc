#include "router/route_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "http/url.h"

namespace wws::router {
namespace {

using Kind = Segment::Kind;
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

std::size_t literal_size(const Segment& segment) {
  std::size_t size = 0;
  for (const std::string& literal : segment.literals) size += literal.size();
  return size;
}

/// The more specific segment first: static, dynamic, tail; then more literal text; then the text itself.
std::strong_ordering compare(const Segment& a, const Segment& b) {
  if (a.kind != b.kind) return a.kind <=> b.kind;
  if (a.kind == Kind::kStatic) return a.literals.front() <=> b.literals.front();
  if (const auto order = literal_size(b) <=> literal_size(a); order != 0) return order;
  return a.literals <=> b.literals;
}

/// Matching order (docs/routing.md).
bool before(const Route& a, const Route& b) {
  if (a.kind != b.kind) return a.kind < b.kind;
  if (a.segments.size() != b.segments.size()) {
    const bool fewer = a.segments.size() < b.segments.size();
    return a.kind == Kind::kTail ? !fewer : fewer;
  }
  for (std::size_t i = 0; i < a.segments.size(); ++i) {
    if (const auto order = compare(a.segments[i], b.segments[i]); order != 0) return order < 0;
  }
  return a.file < b.file;
}

/// What patterns have in common when they match the same paths: all but the names of parameters.
std::string shape(const Route& route) {
  std::string key;
  for (const Segment& segment : route.segments) {
    key += '/';
    for (std::size_t i = 0; i < segment.literals.size(); ++i) {
      if (i > 0) key += segment.kind == Kind::kTail ? std::string_view("\0t", 2) : std::string_view("\0p", 2);
      key += segment.literals[i];
    }
  }
  return key;
}

std::string static_path(const Route& route) {
  std::string path;
  for (const Segment& segment : route.segments) path.append("/").append(segment.literals.front());
  return path.empty() ? "/" : path;
}

/// Decoded segments of a path; std::nullopt when one cannot be decoded.
std::optional<std::vector<std::string>> decode_segments(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (segment.empty()) continue;
    auto decoded = http::percent_decode(segment);
    if (!decoded) return std::nullopt;
    segments.push_back(std::move(*decoded));
  }
  return segments;
}

}  // namespace

struct RouteTable::Node {
  std::size_t route = kNone;       ///< ends here
  std::size_t tail = kNone;        ///< takes all that is left, at least one segment
  std::size_t empty_tail = kNone;  ///< the same where nothing is left
  std::unordered_map<std::string, std::unique_ptr<Node>> statics;
  std::vector<std::pair<Segment, std::unique_ptr<Node>>> dynamics;

  Node& child(const Segment& segment);
};

RouteTable RouteTable::build(std::vector<Route> routes, config::Diagnostics& diagnostics) {
  std::sort(routes.begin(), routes.end(), [](const Route& a, const Route& b) { return a.file < b.file; });
  std::unordered_map<std::string, std::size_t> owners;  // shape → place in the table
  RouteTable table;
  for (Route& route : routes) {
    const auto [owner, is_new] = owners.try_emplace(shape(route), table.routes_.size());
    if (is_new) {
      table.routes_.push_back(std::move(route));
      continue;
    }
    Route& winner = table.routes_[owner->second];
    diagnostics.add(
        {config::Severity::kWarning, route.file, 0, 0,
         fmt::format("answers the same paths as {}, which wins; rename or remove one of them", winner.file)});
    winner.others.push_back(std::move(route.file));
  }
  std::sort(table.routes_.begin(), table.routes_.end(), &before);
  table.index();
  return table;
}

/// The child for one segment, made if it is not there.
RouteTable::Node& RouteTable::Node::child(const Segment& segment) {
  if (segment.kind == Kind::kStatic) {
    auto& node = statics[segment.literals.front()];
    if (!node) node = std::make_unique<Node>();
    return *node;
  }
  for (auto& [known, node] : dynamics) {
    if (known.literals == segment.literals) return *node;
  }
  return *dynamics.emplace_back(segment, std::make_unique<Node>()).second;
}

void RouteTable::index() {
  auto root = std::make_shared<Node>();
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (routes_[i].kind == Kind::kStatic) {
      static_.emplace(static_path(routes_[i]), i);
    } else {
      add_to_tree(*root, i);
    }
  }
  tree_ = std::move(root);
}

void RouteTable::add_to_tree(Node& root, std::size_t route) {
  const std::vector<Segment>& segments = routes_[route].segments;
  const auto first_tail = std::find_if(segments.begin(), segments.end(),
                                       [](const Segment& segment) { return segment.kind == Kind::kTail; });
  if (first_tail != segments.end() && first_tail + 1 != segments.end()) {
    middle_tails_.push_back(route);
    return;
  }
  Node* node = &root;
  for (auto segment = segments.begin(); segment != first_tail; ++segment) node = &node->child(*segment);
  if (first_tail == segments.end()) {
    node->route = route;
    return;
  }
  node->tail = route;
  if (routes_[route].tail_may_be_empty) node->empty_tail = route;
}

/// Notes the first route in matching order of those that match.
void RouteTable::search(const Node& node, const std::vector<std::string>& path, std::size_t depth,
                        std::size_t& best) const {
  if (depth == path.size()) {
    best = std::min({best, node.route, node.empty_tail});
    return;
  }
  best = std::min(best, node.tail);
  if (const auto child = node.statics.find(path[depth]); child != node.statics.end()) {
    search(*child->second, path, depth + 1, best);
  }
  for (const auto& [segment, child] : node.dynamics) {
    if (matches(segment, path[depth])) search(*child, path, depth + 1, best);
  }
}

std::optional<Match> RouteTable::match(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  const bool is_plain = path.find('%') == std::string_view::npos;
  if (is_plain) {
    if (const auto found = static_.find(path); found != static_.end()) return Match{found->second, {}};
    if (static_.size() == routes_.size()) return std::nullopt;
  }
  const auto segments = decode_segments(path);
  if (!segments) return std::nullopt;
  if (!is_plain) {
    if (const auto found = find_static(*segments)) return Match{*found, {}};
  }
  std::size_t best = kNone;
  if (tree_) search(*tree_, *segments, 0, best);
  for (const std::size_t route : middle_tails_) {
    if (route < best && match_segments(routes_[route], *segments)) best = route;
  }
  if (best == kNone) return std::nullopt;
  return Match{best, *match_segments(routes_[best], *segments)};
}

std::optional<std::size_t> RouteTable::find_static(const std::vector<std::string>& segments) const {
  std::string path;
  for (const std::string& segment : segments) {
    if (segment.find('/') != std::string::npos) return std::nullopt;  // was %2F: no file name holds a slash
    path.append("/").append(segment);
  }
  const auto found = static_.find(path);
  return found == static_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace wws::router

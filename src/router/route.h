// A route: a URL pattern and the worker's file behind it (docs/routing.md).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wws::router {

/// One segment of a pattern, decoded: literal text and parameters in turn, such as "user-" + [id].
struct Segment {
  enum class Kind { kStatic, kDynamic, kTail };
  Kind kind = Kind::kStatic;
  /// Literal pieces around the parameters: one more than `parameters` (may be empty strings).
  /// A static segment has exactly one literal and no parameter.
  std::vector<std::string> literals;
  std::vector<std::string> parameters;
};

struct Route {
  std::string pattern;                          ///< as shown to people: "/sub/[id]"; root is "/"
  std::vector<Segment> segments;                ///< empty for the root
  std::string file;                             ///< the worker's file, relative to the project's root
  Segment::Kind kind = Segment::Kind::kStatic;  ///< tail if any segment is, else dynamic, else static
  /// A tail in the project's root: `/[...all]` answers `/` too.
  bool tail_may_be_empty = false;
  /// In a table: files of workers for the same paths, before which this one goes (RouteTable::build()).
  std::vector<std::string> others{};
};

/// Parameter names and fully decoded values, in the order of the pattern.
using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Match {
  std::size_t route = 0;  ///< index into RouteTable::routes()
  Parameters parameters;
};

/// The route of a worker's file. `file` is relative to the root with '/' between its parts; its
/// extension is dropped, and so is every component called `index`.
/// `prefix` is normalised (router/prefix.h).
[[nodiscard]] Route make_route(std::string_view file, std::string_view prefix);

/// The route's URL path as a browser takes it: percent-encoded, with its parameters in brackets.
[[nodiscard]] std::string url_of(const Route& route);

/// One segment of a pattern. `[word]` is a parameter, with literal text around it or not; `[...word]` as a
/// whole segment is a tail; brackets around anything but a word (router/words.h) are literal text.
[[nodiscard]] Segment parse_segment(std::string_view text);

/// Matches decoded segments of a path against a route and takes its parameters.
/// Nothing: they do not match.
[[nodiscard]] std::optional<Parameters> match_segments(const Route& route,
                                                       const std::vector<std::string>& path);

/// True when one decoded segment of a path matches a static or dynamic segment.
[[nodiscard]] bool matches(const Segment& segment, std::string_view text);

}  // namespace wws::router

#include "router/route.h"

#include <algorithm>
#include <utility>

#include "http/url.h"
#include "router/prefix.h"
#include "router/words.h"

namespace wws::router {
namespace {

using Kind = Segment::Kind;

/// The parts between slashes, without empty ones.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

std::string_view without_extension(std::string_view file) {
  const std::size_t dot = file.rfind('.');
  const std::size_t slash = file.rfind('/');
  const bool has_one = dot != std::string_view::npos && (slash == std::string_view::npos || dot > slash);
  return has_one ? file.substr(0, dot) : file;
}

/// Finds each literal in turn, leftmost, with at least one character for the parameter before it; the last
/// literal has to stand at the end. Values go to `values` if it is given.
bool match_dynamic(const Segment& segment, std::string_view text, std::vector<std::string>* values) {
  if (!text.starts_with(segment.literals.front())) return false;
  std::size_t at = segment.literals.front().size();
  for (std::size_t i = 0; i < segment.parameters.size(); ++i) {
    const std::string& literal = segment.literals[i + 1];
    std::size_t end = 0;
    if (i + 1 == segment.parameters.size()) {
      if (text.size() < at + 1 + literal.size() || !text.ends_with(literal)) return false;
      end = text.size() - literal.size();
    } else {
      end = at < text.size() ? text.find(literal, at + 1) : std::string_view::npos;
      if (end == std::string_view::npos) return false;
    }
    if (values != nullptr) values->emplace_back(text.substr(at, end - at));
    at = end + literal.size();
  }
  return true;
}

void put(Parameters& parameters, const std::string& name, std::string value) {
  const auto same = std::find_if(parameters.begin(), parameters.end(),
                                 [&](const auto& parameter) { return parameter.first == name; });
  if (same == parameters.end()) {
    parameters.emplace_back(name, std::move(value));
  } else {
    same->second = std::move(value);
  }
}

bool take_segment(const Segment& segment, std::string_view text, Parameters& parameters) {
  if (segment.kind == Kind::kStatic) return segment.literals.front() == text;
  std::vector<std::string> values;
  if (!match_dynamic(segment, text, &values)) return false;
  for (std::size_t i = 0; i < values.size(); ++i)
    put(parameters, segment.parameters[i], std::move(values[i]));
  return true;
}

}  // namespace

Segment parse_segment(std::string_view text) {
  if (text.starts_with("[...") && text.ends_with(']') && is_word(text.substr(4, text.size() - 5))) {
    return {Kind::kTail, {"", ""}, {std::string(text.substr(4, text.size() - 5))}};
  }
  Segment segment;
  segment.literals.emplace_back();
  while (!text.empty()) {
    const std::size_t close = text.front() == '[' ? text.find(']') : std::string_view::npos;
    if (close != std::string_view::npos && is_word(text.substr(1, close - 1))) {
      segment.kind = Kind::kDynamic;
      segment.parameters.emplace_back(text.substr(1, close - 1));
      segment.literals.emplace_back();
      text.remove_prefix(close + 1);
    } else {
      segment.literals.back() += text.front();
      text.remove_prefix(1);
    }
  }
  return segment;
}

Route make_route(std::string_view file, std::string_view prefix) {
  Route route;
  route.file = file;
  for (const std::string_view part : split(prefix)) {
    const std::string decoded = http::percent_decode(part).value_or(std::string(part));
    route.pattern.append("/").append(decoded);
    route.segments.push_back({Kind::kStatic, {decoded}, {}});
  }
  const std::size_t prefix_size = route.segments.size();
  for (const std::string_view part : split(without_extension(file))) {
    if (part == "index") continue;
    route.pattern.append("/").append(part);
    route.segments.push_back(parse_segment(part));
    route.kind = std::max(route.kind, route.segments.back().kind);
  }
  if (route.pattern.empty()) route.pattern = "/";
  route.tail_may_be_empty =
      route.segments.size() == prefix_size + 1 && route.segments.back().kind == Kind::kTail;
  return route;
}

std::string url_of(const Route& route) {
  std::string url;
  for (const Segment& segment : route.segments) {
    url.append("/").append(http::escape_segment(segment.literals.front()));
    for (std::size_t i = 0; i < segment.parameters.size(); ++i) {
      url.append(segment.kind == Kind::kTail ? "[..." : "[").append(segment.parameters[i]).append("]");
      url.append(http::escape_segment(segment.literals[i + 1]));
    }
  }
  return url.empty() ? "/" : url;
}

bool matches(const Segment& segment, std::string_view text) {
  if (segment.kind == Kind::kStatic) return segment.literals.front() == text;
  return match_dynamic(segment, text, nullptr);
}

std::optional<Parameters> match_segments(const Route& route, const std::vector<std::string>& path) {
  Parameters parameters;
  const std::vector<Segment>& segments = route.segments;
  if (route.kind != Kind::kTail && path.size() != segments.size()) return std::nullopt;
  if (route.kind == Kind::kTail && path.size() + (route.tail_may_be_empty ? 1 : 0) < segments.size()) {
    return std::nullopt;
  }
  // A tail takes what the segments behind it leave. With several tails all but the first take one.
  std::size_t spare = path.size() - std::min(path.size(), segments.size());
  std::size_t at = 0;
  for (const Segment& segment : segments) {
    if (segment.kind == Kind::kTail) {
      std::string value;
      const std::size_t end = std::min(path.size(), at + 1 + std::exchange(spare, 0));
      for (; at < end; ++at) value.append(value.empty() ? "" : "/").append(path[at]);
      put(parameters, segment.parameters.front(), std::move(value));
    } else if (!take_segment(segment, path[at++], parameters)) {
      return std::nullopt;
    }
  }
  return parameters;
}

}  // namespace wws::router

#include "server/access_format.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <utility>

#include "base/log.h"

namespace wws::server {
namespace {

/// What any part of a line takes that is neither text of the format nor of a client.
constexpr std::size_t kMostOfPart = 64;

/// A text that changes once a second.
class SecondText {
 public:
  std::string_view at(base::WallTime time, const char* format) {
    const std::time_t second = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
    if (second != known_) {
      text_ = fmt::format(fmt::runtime(format), fmt::gmtime(second));
      known_ = second;
    }
    return text_;
  }

 private:
  std::time_t known_ = -1;
  std::string text_;
};

char* put(char* out, std::string_view text) noexcept { return std::copy(text.begin(), text.end(), out); }
char* put(char* out, std::uint64_t number) noexcept { return std::to_chars(out, out + 20, number).ptr; }

/// `value` in units of which `scale` are one, with as many digits behind the point as `scale` has zeros.
char* put_decimal(char* out, std::uint64_t value, std::uint64_t scale) noexcept {
  out = put(out, value / scale);
  char* const digits = put(out, scale + value % scale);  // its leading 1 makes room for the point
  *out = '.';
  return digits;
}

template <class Unit>
std::uint64_t count(base::Duration duration) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(std::chrono::round<Unit>(duration).count(), 0));
}

char* put_iso_time(char* out, base::WallTime time) noexcept {
  thread_local SecondText seconds;
  out = put(out, seconds.at(time, "{:%Y-%m-%dT%H:%M:%S}"));
  const auto millis =
      std::chrono::time_point_cast<std::chrono::milliseconds>(time).time_since_epoch().count();
  char* const digits = put(out, static_cast<std::uint64_t>(1000 + millis % 1000));
  *out = '.';
  return put(digits, "Z");
}

std::string_view color_of(int status) noexcept {
  constexpr std::array<std::string_view, 4> kColors = {"\x1b[32m", "\x1b[36m", "\x1b[33m", "\x1b[31m"};
  const int index = std::clamp(status / 100 - 2, 0, 3);
  return kColors[static_cast<std::size_t>(index)];
}

std::string_view path_of(std::string_view target) noexcept { return target.substr(0, target.find('?')); }

std::string_view query_of(std::string_view target) noexcept {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark);
}

}  // namespace

AccessFormat::AccessFormat() : AccessFormat(*parse(kCombined)) {}

AccessFormat::AccessFormat(std::vector<Part> parts, Quoting quoting)
    : parts_(std::move(parts)), quoting_(quoting) {
  for (const Part& part : parts_)
    fixed_bytes_ += kMostOfPart + (part.kind == Kind::kText ? part.text.size() : 0);
}

AccessFormat AccessFormat::json() {
  return {{{Kind::kText, R"({"time":")"},
           {Kind::kIsoTime, ""},
           {Kind::kText, R"(","type":"access","process":)"},
           {Kind::kProcess, ""},
           {Kind::kText, R"(,"peer":")"},
           {Kind::kPeer, ""},
           {Kind::kText, R"(","method":")"},
           {Kind::kMethod, ""},
           {Kind::kText, R"(","target":")"},
           {Kind::kTarget, ""},
           {Kind::kText, R"(","version":")"},
           {Kind::kVersion, ""},
           {Kind::kText, R"(","host":")"},
           {Kind::kHost, ""},
           {Kind::kText, R"(","route":")"},
           {Kind::kRoute, ""},
           {Kind::kText, R"(","status":)"},
           {Kind::kStatus, ""},
           {Kind::kText, R"(,"bytes":)"},
           {Kind::kBytes, ""},
           {Kind::kText, R"(,"seconds":)"},
           {Kind::kSeconds, ""},
           {Kind::kText, R"(,"request_id":")"},
           {Kind::kRequestId, ""},
           {Kind::kText, R"(","referer":")"},
           {Kind::kField, "referer"},
           {Kind::kText, R"(","user_agent":")"},
           {Kind::kField, "user-agent"},
           {Kind::kText, "\"}"}},
          Quoting::kJson};
}

AccessFormat AccessFormat::colored() {
  return {{{Kind::kText, "\x1b[2m"},
           {Kind::kClock, ""},
           {Kind::kText, "\x1b[0m "},
           {Kind::kColoredStatus, ""},
           {Kind::kText, " "},
           {Kind::kMethod, ""},
           {Kind::kText, " "},
           {Kind::kTarget, ""},
           {Kind::kText, " \x1b[2m"},
           {Kind::kBytes, ""},
           {Kind::kText, " B "},
           {Kind::kMilliseconds, ""},
           {Kind::kText, " ms\x1b[0m"}},
          Quoting::kBackslash};
}

Result<AccessFormat> AccessFormat::parse(std::string_view text) {
  if (text == "combined") return AccessFormat();
  if (text == "json") return json();
  if (text == "color") return colored();
  if (text.find_first_of("\n\r") != std::string_view::npos)
    return fail(ErrorCode::kBadUsage,
                "an access log has one line for each request: its format has no newline");
  std::vector<Part> parts;
  std::string plain;
  const auto add_plain = [&] {
    if (!plain.empty()) parts.push_back({Kind::kText, std::exchange(plain, {})});
  };
  while (!text.empty()) {
    const std::size_t mark = text.find('%');
    plain += text.substr(0, mark);
    if (mark == std::string_view::npos) break;
    text.remove_prefix(mark + 1);
    if (text.starts_with('%')) {
      plain += '%';
      text.remove_prefix(1);
      continue;
    }
    if (text.starts_with('l') || text.starts_with('u')) {  // who the client says it is: nobody asks
      plain += '-';
      text.remove_prefix(1);
      continue;
    }
    add_plain();
    auto part = parse_directive(text);
    if (!part) return fail(part);
    parts.push_back(std::move(*part));
  }
  add_plain();
  return AccessFormat(std::move(parts), Quoting::kBackslash);
}

/// The directive at the beginning of `rest`, behind its '%', which is taken off.
Result<AccessFormat::Part> AccessFormat::parse_directive(std::string_view& rest) {
  constexpr std::pair<char, Kind> kKnown[] = {
      {'h', Kind::kPeer},   {'a', Kind::kPeer},    {'t', Kind::kTime},         {'r', Kind::kRequestLine},
      {'m', Kind::kMethod}, {'U', Kind::kPath},    {'q', Kind::kQuery},        {'H', Kind::kVersion},
      {'v', Kind::kHost},   {'V', Kind::kHost},    {'s', Kind::kStatus},       {'b', Kind::kBytes},
      {'B', Kind::kBytes},  {'T', Kind::kSeconds}, {'D', Kind::kMicroseconds}, {'L', Kind::kRequestId},
      {'R', Kind::kRoute},  {'P', Kind::kProcess}};
  const std::string_view whole = rest;
  const auto unknown = [&](std::string_view what) -> std::unexpected<Error> {
    return fail(ErrorCode::kBadUsage,
                fmt::format("the log format has no directive \"%{}\"; docs/logs.md lists them", what));
  };
  if (rest.starts_with('{')) {
    const std::size_t end = rest.find('}');
    if (end == std::string_view::npos || end == 1 || end + 1 == rest.size() || rest[end + 1] != 'i')
      return unknown(whole.substr(0, end == std::string_view::npos ? end : end + 2));
    std::string name(rest.substr(1, end - 1));
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    rest.remove_prefix(end + 2);
    return Part{Kind::kField, std::move(name)};
  }
  if (rest.starts_with('>') || rest.starts_with('<')) rest.remove_prefix(1);  // the last status, as the first
  const auto* found = std::ranges::find_if(
      kKnown, [&](const auto& known) { return !rest.empty() && rest.front() == known.first; });
  if (found == std::end(kKnown)) return unknown(whole.substr(0, whole.size() - rest.size() + 1));
  rest.remove_prefix(1);
  return Part{found->second, {}};
}

std::size_t AccessFormat::most_bytes(const AccessEntry& entry) const noexcept {
  const http::Request& request = entry.request;
  std::size_t client = 0;
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::kPeer:
        client += entry.peer.size();
        break;
      case Kind::kRequestLine:
        client += request.method.size() + request.target.size();
        break;
      case Kind::kMethod:
        client += request.method.size();
        break;
      case Kind::kTarget:
      case Kind::kPath:
      case Kind::kQuery:
        client += request.target.size();
        break;
      case Kind::kHost:
        client += request.host.size();
        break;
      case Kind::kRoute:
        client += entry.route.size();
        break;
      case Kind::kRequestId:
        client += request.id.size();
        break;
      case Kind::kField:
        client += http::find(request.fields, part.text).value_or("").size();
        break;
      default:
        break;
    }
  }
  return fixed_bytes_ + log::kEscapeGrowth * client + 1;
}

char* AccessFormat::put_client_text(char* out, std::string_view text) const noexcept {
  if (quoting_ == Quoting::kJson) return log::escape(out, text, log::Quoting::kJson);
  return text.empty() ? put(out, "-") : log::escape(out, text, log::Quoting::kQuoted);
}

char* AccessFormat::write(char* out, const AccessEntry& entry) const noexcept {
  for (const Part& part : parts_) out = write(out, part, entry);
  return put(out, "\n");
}

char* AccessFormat::write(char* out, const Part& part, const AccessEntry& entry) const noexcept {
  const http::Request& request = entry.request;
  switch (part.kind) {
    case Kind::kText:
      return put(out, part.text);
    case Kind::kPeer:
      return put_client_text(out, entry.peer);
    case Kind::kTime: {
      thread_local SecondText text;
      return put(out, text.at(entry.time, "[{:%d/%b/%Y:%H:%M:%S} +0000]"));
    }
    case Kind::kIsoTime:
      return put_iso_time(out, entry.time);
    case Kind::kClock: {
      thread_local SecondText text;
      return put(out, text.at(entry.time, "{:%H:%M:%S}"));
    }
    case Kind::kRequestLine:
      out = put(put_client_text(out, request.method), " ");
      out = put(put_client_text(out, request.target), " ");
      return put(out, http::version_text(request.version));
    case Kind::kMethod:
      return put_client_text(out, request.method);
    case Kind::kTarget:
      return put_client_text(out, request.target);
    case Kind::kPath:
      return put_client_text(out, path_of(request.target));
    case Kind::kQuery:
      return log::escape(out, query_of(request.target), log::Quoting::kQuoted);
    case Kind::kVersion:
      return put(out, http::version_text(request.version));
    case Kind::kHost:
      return put_client_text(out, request.host);
    case Kind::kStatus:
      return put(out, static_cast<std::uint64_t>(entry.status));
    case Kind::kColoredStatus:
      return put(put(put(out, color_of(entry.status)), static_cast<std::uint64_t>(entry.status)), "\x1b[0m");
    case Kind::kBytes:
      return put(out, entry.body_bytes);
    case Kind::kSeconds:
      return put_decimal(out, count<std::chrono::microseconds>(entry.duration), 1'000'000);
    case Kind::kMicroseconds:
      return put(out, count<std::chrono::microseconds>(entry.duration));
    case Kind::kMilliseconds:
      return put_decimal(out, count<std::chrono::microseconds>(entry.duration) / 10, 100);
    case Kind::kRequestId:
      return put_client_text(out, request.id);
    case Kind::kRoute:
      return put_client_text(out, entry.route);
    case Kind::kProcess: {
      static const auto process = static_cast<std::uint64_t>(::getpid());
      return put(out, process);
    }
    case Kind::kField:
      return put_client_text(out, http::find(request.fields, part.text).value_or(""));
  }
  return out;
}

}  // namespace wws::server

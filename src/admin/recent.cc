#include "admin/recent.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

namespace wws::admin {
namespace {

namespace json = boost::json;
using Kind = base::LogRing::Kind;

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};

/// What a line or a report may tell besides its message. Fields of other names are nobody's.
constexpr std::array<std::string_view, 4> kOfLines = {"worker", "route", "request_id", "cause"};
constexpr std::array<std::string_view, 9> kOfErrors = {"worker", "route", "request_id", "method", "path",
                                                       "cause",  "said",  "stack",      "source"};

/// RFC 3339, in milliseconds.
std::string time_text(std::int64_t microseconds) {
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(microseconds)};
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::floor<std::chrono::seconds>(time)), microseconds / 1000 % 1000);
}

/// Each line of it as the log has lines.
std::string escaped_lines(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += log::escaped(text.substr(0, end));
    if (end == text.size()) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

/// In forms for people, a line of a worker begins with what its fields say.
std::string_view message_of(const base::LogEntry& entry) {
  std::string_view message = entry.field("message");
  const std::string prefix = fmt::format("{} [{}] ", entry.field("worker"), entry.field("request_id"));
  if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
  return message;
}

int status_of(const base::LogEntry& entry) {
  const std::string_view text = entry.field("status");
  int status = 0;
  std::from_chars(text.data(), text.data() + text.size(), status);
  return status >= 400 && status <= 599 ? status : 500;
}

}  // namespace

void Recent::add(Process process, std::unique_ptr<base::LogRing> log) {
  sources_.push_back({std::move(process), std::move(log)});
}

void Recent::remove(pid_t pid) {
  collect();
  sources_.remove_if([&](const Source& source) { return source.process.pid == pid; });
}

void Recent::read(Source& source, Found& lines, Found& errors) {
  const std::int64_t now =
      std::chrono::floor<std::chrono::microseconds>(clock_.wall().time_since_epoch()).count();
  const auto take_into = [&](Found& found) {
    return [&](base::LogEntry entry) {
      entry.microseconds = std::clamp<std::int64_t>(entry.microseconds, 0, now);
      found.push_back({0, source.process, std::move(entry)});
    };
  };
  const bool is_first = source.next_line == 0;
  const std::size_t before = lines.size();
  std::uint64_t missed = 0;
  source.next_line = source.log->read(Kind::kLine, source.next_line, missed, take_into(lines));
  if (missed > 0 && !is_first) {
    const std::int64_t when = lines.size() > before ? lines[before].entry.microseconds : now;
    base::LogEntry gap{log::Level::kWarn, when, {}};
    gap.fields.emplace_back(
        "message", fmt::format("{} lines of this process are not here: there were more than are kept",
                               std::min<std::uint64_t>(missed, std::uint64_t{1} << 32U)));
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(before), {0, source.process, std::move(gap)});
  }
  source.next_report = source.log->read(Kind::kReport, source.next_report, missed, take_into(errors));
}

void Recent::keep(Found found, std::size_t most, std::uint64_t& last, std::deque<Kept>& kept) {
  std::ranges::stable_sort(found, {}, [](const Kept& one) { return one.entry.microseconds; });
  for (Kept& one : found) {
    last = one.number = std::max(last + 1, static_cast<std::uint64_t>(one.entry.microseconds));
    kept.push_back(std::move(one));
  }
  while (kept.size() > most) kept.pop_front();
}

void Recent::collect() {
  Found lines;
  Found errors;
  for (Source& source : sources_) read(source, lines, errors);
  keep(std::move(lines), kMostLines, last_line_, lines_);
  keep(std::move(errors), kMostErrors, last_error_, errors_);
}

namespace {

template <class Kept, std::size_t Size>
json::object entry_json(const Kept& one, const std::array<std::string_view, Size>& names) {
  json::object object = {{"number", one.number},     {"time", time_text(one.entry.microseconds)},
                         {"role", one.process.role}, {"process", one.process.number},
                         {"pid", one.process.pid},   {"message", escaped_lines(message_of(one.entry))}};
  for (const std::string_view name : names) {
    if (const std::string_view value = one.entry.field(name); !value.empty())
      object[name] = escaped_lines(value);
  }
  return object;
}

}  // namespace

std::string Recent::lines_json(const Query& query) {
  collect();
  std::vector<const Kept*> wanted;
  for (const Kept& one : lines_) {
    if (one.number > query.after && one.entry.level >= query.level) wanted.push_back(&one);
  }
  // Who follows gets all of them, part by part; who comes new the newest.
  const std::size_t count = std::min(wanted.size(), query.limit);
  const bool is_part = query.after > 0 && count < wanted.size();
  const auto begin = query.after > 0 ? wanted.begin() : wanted.end() - static_cast<std::ptrdiff_t>(count);
  json::array lines;
  for (auto one = begin; one != begin + static_cast<std::ptrdiff_t>(count); ++one) {
    json::object line = entry_json(**one, kOfLines);
    line["level"] = kLevels[static_cast<std::size_t>((*one)->entry.level)];
    lines.push_back(std::move(line));
  }
  const std::uint64_t next = is_part ? (*(begin + static_cast<std::ptrdiff_t>(count) - 1))->number
                                     : std::max(query.after, last_line_);
  return json::serialize(json::object{{"next", next}, {"lines", std::move(lines)}});
}

std::string Recent::errors_json(const Query& query) {
  collect();
  json::array errors;
  for (auto one = errors_.rbegin(); one != errors_.rend() && one->number > query.after; ++one) {
    if (errors.size() == query.limit) break;
    json::object error = entry_json(*one, kOfErrors);
    error["status"] = status_of(one->entry);
    errors.push_back(std::move(error));
  }
  return json::serialize(
      json::object{{"next", std::max(query.after, last_error_)}, {"errors", std::move(errors)}});
}

}  // namespace wws::admin

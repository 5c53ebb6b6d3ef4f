#include "cli/top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/quantity.h"

namespace wws::cli {
namespace {

namespace json = boost::json;

/// What a route did in the time that is looked at.
struct Row {
  std::string route;
  double requests = 0;
  double errors = 0;
  double cpu_seconds = 0;
  std::vector<double> buckets;
};

std::vector<double> numbers(const json::value& list) {
  std::vector<double> values;
  for (const json::value& value : list.as_array()) values.push_back(value.to_number<double>());
  return values;
}

Row read_row(const json::value& route) {
  Row row;
  row.route = json::value_to<std::string>(route.at("route"));
  for (const auto& [_, count] : route.at("requests").as_object()) row.requests += count.to_number<double>();
  row.errors = route.at("requests").at("5xx").to_number<double>();
  row.cpu_seconds = route.at("cpu_seconds").to_number<double>();
  row.buckets = numbers(route.at("duration").at("buckets"));
  return row;
}

std::vector<Row> read_rows(const TopSample& sample) {
  std::vector<Row> rows;
  for (const json::value& route : sample.stats.at("routes").as_array()) rows.push_back(read_row(route));
  return rows;
}

/// Routes only come. False: a counter fell, and nothing was subtracted.
bool subtract(std::vector<Row>& rows, const std::vector<Row>& before) {
  const auto fell = [&](const Row& old) {
    const auto found = std::ranges::find(rows, old.route, &Row::route);
    return found == rows.end() || found->requests < old.requests;
  };
  if (std::ranges::any_of(before, fell)) return false;
  for (Row& row : rows) {
    const auto found = std::ranges::find(before, row.route, &Row::route);
    if (found == before.end()) continue;
    row.requests -= found->requests;
    row.errors -= found->errors;
    row.cpu_seconds -= found->cpu_seconds;
    for (std::size_t i = 0; i < std::min(row.buckets.size(), found->buckets.size()); ++i)
      row.buckets[i] -= found->buckets[i];
  }
  return true;
}

/// The bound below which a share of the requests were.
std::string percentile(const Row& row, const std::vector<double>& bounds, double share) {
  double all = 0;
  for (const double count : row.buckets) all += count;
  if (all <= 0) return "-";
  double below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    below += row.buckets[i];
    if (below < all * share) continue;
    return bounds[i] < 1 ? fmt::format("≤{:g}ms", bounds[i] * 1000) : fmt::format("≤{:g}s", bounds[i]);
  }
  return fmt::format(">{:g}s", bounds.back());
}

std::string uptime_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole >= 86'400) return fmt::format("{}d {}h", whole / 86'400, whole % 86'400 / 3600);
  if (whole >= 3600) return fmt::format("{}h {}m", whole / 3600, whole % 3600 / 60);
  return fmt::format("{}m {}s", whole / 60, whole % 60);
}

std::string text_of(const json::value& object, const char* key) {
  return log::escaped(json::value_to<std::string>(object.at(key)));
}

std::vector<std::string> server_lines(const TopSample& sample) {
  std::string state = sample.status.at("ready").as_bool() ? "ready" : "not ready";
  const char* between = ": ";
  for (const json::value& reason : sample.status.at("reasons").as_array())
    state += std::exchange(between, "; ") + log::escaped(json::value_to<std::string>(reason));
  const json::value& modules = sample.status.at("modules");
  const auto count = [](const json::value& object, const char* key) {
    return object.at(key).to_number<std::int64_t>();
  };
  std::uint64_t resident = 0;
  std::int64_t restarts = 0;
  std::size_t serving = 0;
  for (const json::value& process : sample.processes.as_array()) {
    resident += process.at("resident_bytes").to_number<std::uint64_t>();
    restarts += count(process, "restarts");
    serving += process.at("role") == "serving" && process.at("state") == "ready" ? 1 : 0;
  }
  return {
      fmt::format("wws {}  {}  up {}  {}", text_of(sample.status, "version"), text_of(sample.status, "root"),
                  uptime_text(sample.status.at("uptime_seconds").to_number<double>()), state),
      fmt::format("processes {} serving, {} in all, {} restarts, {} resident", serving,
                  sample.processes.as_array().size(), restarts, base::format_size(resident >> 20 << 20)),
      fmt::format("modules {} ready, {} pending, {} failed, {} put aside", count(modules, "ready"),
                  count(modules, "pending"), count(modules, "failed"), count(modules, "put_aside")),
      fmt::format("connections {}  guests {} of {}  waiting {}", count(sample.stats, "connections"),
                  count(sample.stats, "guests"), count(sample.stats, "instances_limit"),
                  count(sample.stats, "queued")),
  };
}

/// Cut to the width, in bytes of ASCII; a route with others may be cut earlier.
std::string cut(std::string line, std::size_t columns) {
  if (line.size() <= columns) return line;
  line.resize(columns);
  // Not in the middle of a character.
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0U) == 0x80U) line.pop_back();
  if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xC0U) line.pop_back();
  return line;
}

double uptime(const TopSample& sample) { return sample.status.at("uptime_seconds").to_number<double>(); }

}  // namespace

std::vector<std::string> top_lines(const TopSample& now, const std::optional<TopSample>& before,
                                   std::size_t columns) {
  std::vector<Row> rows = read_rows(now);
  const bool goes_on = before && subtract(rows, read_rows(*before));
  const double time = std::max(
      goes_on ? std::chrono::duration<double>(now.taken - before->taken).count() : uptime(now), 0.001);
  const std::vector<double> bounds = numbers(now.stats.at("bounds_seconds"));
  std::ranges::stable_sort(rows, [](const Row& a, const Row& b) { return a.requests > b.requests; });
  std::vector<std::string> lines = server_lines(now);
  lines.emplace_back();
  lines.push_back(
      fmt::format("{:>10} {:>9} {:>9} {:>9} {:>7}  {}", "REQ/S", "5XX/S", "P50", "P99", "CPU%", "ROUTE"));
  for (const Row& row : rows) {
    // fmt counts columns, not bytes.
    lines.push_back(fmt::format("{:>10.1f} {:>9.1f} {:>9} {:>9} {:>7.1f}  {}", row.requests / time,
                                row.errors / time, percentile(row, bounds, 0.5),
                                percentile(row, bounds, 0.99), row.cpu_seconds / time * 100,
                                log::escaped(row.route)));
  }
  for (std::string& line : lines) line = cut(std::move(line), columns);
  return lines;
}

}  // namespace wws::cli

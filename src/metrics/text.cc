#include "metrics/text.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace wws::metrics {
namespace {

constexpr std::array<std::string_view, kBuckets> kBoundTexts = {
    "5e-05", "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025",
    "0.05",  "0.1",    "0.25",    "0.5",    "1.0",   "2.5",    "5.0",   "10.0", "+Inf"};
constexpr std::array<std::string_view, kBuckets> kFineBoundTexts = {
    "1e-06", "2e-06", "5e-06", "1e-05", "2e-05", "5e-05", "0.0001", "0.0002", "0.0005",
    "0.001", "0.002", "0.005", "0.01",  "0.02",  "0.05",  "0.1",    "0.2",    "+Inf"};
constexpr std::array<std::string_view, kClasses> kClassTexts = {"1xx", "2xx", "3xx", "4xx", "5xx"};

std::string_view name_of(Type type) noexcept {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
  }
  return "untyped";
}

std::string_view suffix_of(Metric metric) noexcept {
  return family(metric).type == Type::kCounter ? "_total" : "";
}

/// What the formats want escaped within quotation marks.
void append_quoted(std::string& text, std::string_view value) {
  text += '"';
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
}

void append_seconds(std::string& text, std::uint64_t nanoseconds) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  fmt::format_to(std::back_inserter(text), "{}.{:09}\n", nanoseconds / kSecond, nanoseconds % kSecond);
}

}  // namespace

std::string_view content_type(Format format) noexcept {
  return format == Format::kPrometheus ? "text/plain; version=0.0.4; charset=utf-8"
                                       : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string_view end_of(Format format) noexcept { return format == Format::kPrometheus ? "" : "# EOF\n"; }

void TextWriter::begin(Metric metric) {
  metric_ = metric;
  const Family& its = family(metric);
  // In OpenMetrics a counter's family is named without the suffix of its samples.
  const std::string name =
      std::string(its.name) + std::string(format_ == Format::kPrometheus ? suffix_of(metric) : "");
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, its.help, name,
                 name_of(its.type));
  if (format_ == Format::kOpenMetrics && !its.unit.empty())
    fmt::format_to(std::back_inserter(text_), "# UNIT {} {}\n", name, its.unit);
}

void TextWriter::name(std::string_view suffix, std::span<const Label> labels, std::string_view bound) {
  text_ += family(metric_).name;
  text_ += suffix;
  char before = '{';
  const auto add = [&](std::string_view label, std::string_view value) {
    text_ += before;
    text_ += label;
    text_ += '=';
    append_quoted(text_, value);
    before = ',';
  };
  for (const auto& [label, value] : labels) add(label, value);
  if (!bound.empty()) add("le", bound);
  text_ += before == '{' ? " " : "} ";
}

void TextWriter::sample(std::span<const Label> labels, std::uint64_t value) {
  name(suffix_of(metric_), labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void TextWriter::seconds(std::span<const Label> labels, std::uint64_t nanoseconds) {
  name(suffix_of(metric_), labels);
  append_seconds(text_, nanoseconds);
}

void TextWriter::distribution(std::span<const Label> labels, const Distribution& times) {
  const auto& texts = is_fine(metric_) ? kFineBoundTexts : kBoundTexts;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    count += times.buckets[i];
    name("_bucket", labels, texts[i]);
    fmt::format_to(std::back_inserter(text_), "{}\n", count);
  }
  name("_sum", labels);
  append_seconds(text_, times.nanoseconds);
  name("_count", labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", count);
}

namespace {

using Label = Writer::Label;

/// Calls `write(label, totals)` for all routes that there are.
template <class Write>
void for_routes(const Totals& totals, std::span<const std::string> routes, const Write& write) {
  write(Label{"route", kFilesName}, totals.of(kFilesSlot));
  // Only a project with more routes than there are places has this one.
  if (routes.size() + kFirstSlot >= kSlots) write(Label{"route", kOtherName}, totals.of(kOtherSlot));
  for (std::size_t i = 0; i < routes.size() && i + kFirstSlot < kSlots; ++i)
    write(Label{"route", routes[i]}, totals.of(static_cast<RouteSlot>(i + kFirstSlot)));
}

void write_requests(Writer& writer, const Totals& totals, std::span<const std::string> routes) {
  writer.begin(Metric::kRequests);
  for_routes(totals, routes, [&](const Label& route, const RouteTotals& its) {
    for (std::size_t i = 0; i < kClasses; ++i) {
      const std::array labels = {route, Label{"code", kClassTexts[i]}};
      // A series that is there from the start has its first increase seen; most routes never have the others.
      const bool is_usual = kClassTexts[i] == "2xx" || kClassTexts[i] == "5xx";
      if (is_usual || its.requests[i] > 0) writer.sample(labels, its.requests[i]);
    }
  });
  writer.begin(Metric::kRequestDuration);
  for_routes(totals, routes, [&](const Label& route, const RouteTotals& its) {
    writer.distribution({&route, 1}, its.duration);
  });
}

void write_guests(Writer& writer, const Totals& totals, std::span<const std::string> routes) {
  // No guest answers for files.
  const auto of_guests = [&](Metric metric, const auto& write) {
    writer.begin(metric);
    for_routes(totals, routes, [&](const Label& route, const RouteTotals& its) {
      if (route.second != kFilesName) write(route, its);
    });
  };
  of_guests(Metric::kGuestCpu, [&](const Label& route, const RouteTotals& its) {
    writer.seconds({&route, 1}, its.cpu_nanoseconds);
  });
  of_guests(Metric::kInstanceTime, [&](const Label& route, const RouteTotals& its) {
    writer.seconds({&route, 1}, its.instance_nanoseconds);
  });
  of_guests(Metric::kGuestMemory,
            [&](const Label& route, const RouteTotals& its) { writer.sample(route, its.memory_bytes); });
}

/// Counters of a family stand together.
void write_counters(Writer& writer, const Totals& totals) {
  Metric last = Metric::kCount;
  for (std::size_t i = 0; i < kCountOf<Counter>; ++i) {
    const auto counter = static_cast<Counter>(i);
    const CellRow& its = row(counter);
    if (its.metric != last) writer.begin(its.metric);
    last = its.metric;
    if (its.label.empty()) {
      writer.sample(totals.of(counter));
    } else {
      writer.sample(Label{its.label, its.value}, totals.of(counter));
    }
  }
}

}  // namespace

void write_totals(Writer& writer, const Totals& totals, std::span<const std::string> routes) {
  write_requests(writer, totals, routes);
  write_guests(writer, totals, routes);
  write_counters(writer, totals);
  for (std::size_t i = 0; i < kCountOf<Histogram>; ++i) {
    writer.begin(metric_of(static_cast<Histogram>(i)));
    writer.distribution({}, totals.of(static_cast<Histogram>(i)));
  }
  for (std::size_t i = 0; i < kCountOf<Gauge>; ++i) {
    writer.begin(metric_of(static_cast<Gauge>(i)));
    writer.sample(totals.of(static_cast<Gauge>(i)));
  }
}

std::string markdown_table() {
  std::string table = "| metric | type | labels | what |\n|---|---|---|---|\n";
  for (std::size_t i = 0; i < kCountOf<Metric>; ++i) {
    const auto metric = static_cast<Metric>(i);
    const Family& its = family(metric);
    fmt::format_to(std::back_inserter(table), "| `{}{}` | {} | {} | {} |\n", its.name, suffix_of(metric),
                   name_of(its.type), its.labels, its.help);
  }
  return table;
}

}  // namespace wws::metrics

#include "telemetry/otlp_traces.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "telemetry/otlp_json.h"

namespace wws::telemetry {
namespace {

using trace::SpanKind;
using trace::SpanRecord;
using trace::Text;

/// OTLP's enumerations.
constexpr int kInternal = 1;
constexpr int kServer = 2;
constexpr int kClient = 3;
constexpr int kError = 2;

constexpr std::array<std::string_view, 10> kMethods = {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                                       "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"};
/// What the conventions have for others, so that a client cannot make up any number of them.
constexpr std::string_view kOtherMethod = "_OTHER";

bool is_known(std::string_view method) { return std::ranges::find(kMethods, method) != kMethods.end(); }

int kind_of(SpanKind kind) noexcept {
  switch (kind) {
    case SpanKind::kRequest:
      return kServer;
    case SpanKind::kFetch:
      return kClient;
    default:
      return kInternal;
  }
}

std::string name_of(const SpanRecord& record) {
  if (record.kind() == SpanKind::kGuest) return "run " + std::string(record.text(Text::kWorker));
  const std::string_view method = record.text(Text::kMethod);
  std::string name(is_known(method) ? method : "HTTP");
  if (const auto route = record.text(Text::kRoute); !route.empty()) name.append(" ").append(route);
  return name;
}

void add_method(AttributeWriter& writer, std::string_view method) {
  writer.add("http.request.method", is_known(method) ? method : kOtherMethod);
  if (!is_known(method)) writer.add_if_any("http.request.method_original", method);
}

/// `NAME:PORT`, or a name alone; an IPv6 address is within brackets.
void add_server(AttributeWriter& writer, std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  const std::string_view port = has_port ? host.substr(colon + 1) : std::string_view();
  std::string_view name = has_port ? host.substr(0, colon) : host;
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  writer.add_if_any("server.address", name);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (!port.empty() && error == std::errc() && end == port.data() + port.size())
    writer.add("server.port", number);
}

void add_attributes(std::string& json, const SpanRecord& record) {
  AttributeWriter writer(json);
  if (record.kind() != SpanKind::kGuest) {
    add_method(writer, record.text(Text::kMethod));
    add_server(writer, record.text(Text::kHost));
    if (record.status != 0) writer.add("http.response.status_code", record.status);
  }
  writer.add_if_any("http.route", record.text(Text::kRoute));
  writer.add_if_any("url.path", record.text(Text::kPath));
  writer.add_if_any("url.scheme", record.text(Text::kScheme));
  writer.add_if_any("url.full", record.text(Text::kUrl));
  writer.add_if_any("network.protocol.version", record.text(Text::kVersion));
  writer.add_if_any("client.address", record.text(Text::kClient));
  writer.add_if_any("user_agent.original", record.text(Text::kAgent));
  writer.add_if_any("error.type", record.text(Text::kErrorType));
  writer.add_if_any("wws.worker", record.text(Text::kWorker));
  writer.add_if_any("wws.request_id", record.text(Text::kRequestId));
  if (record.cpu_time > 0) writer.add_seconds("wws.guest.cpu_time", record.cpu_time);
}

/// A guest that failed did so at its end.
void add_exception(std::string& json, const SpanRecord& record) {
  json += ",\"events\":[{";
  append_number(json, "timeUnixNano", record.end);
  json += ",\"name\":\"exception\",";
  {
    AttributeWriter writer(json);
    writer.add("exception.type", record.text(Text::kErrorType));
    writer.add_if_any("exception.message", record.text(Text::kError));
  }
  json += "}]";
}

}  // namespace

void append_span(std::string& spans, const SpanRecord& record) {
  if (!spans.empty()) spans += ',';
  spans += "{\"traceId\":";
  append_hex(spans, record.trace);
  spans += ",\"spanId\":";
  append_hex(spans, record.span);
  if (record.parent != trace::kNoSpan) {
    spans += ",\"parentSpanId\":";
    append_hex(spans, record.parent);
  }
  spans += ",\"name\":";
  append_text(spans, name_of(record));
  fmt::format_to(std::back_inserter(spans), ",\"flags\":1,\"kind\":{},", kind_of(record.kind()));
  append_number(spans, "startTimeUnixNano", record.begin);
  spans += ',';
  append_number(spans, "endTimeUnixNano", record.end);
  spans += ',';
  add_attributes(spans, record);
  if (record.is_error()) {
    if (record.kind() == SpanKind::kGuest) add_exception(spans, record);
    fmt::format_to(std::back_inserter(spans), ",\"status\":{{\"code\":{}", kError);
    if (const auto message = record.text(Text::kError); !message.empty()) {
      spans += ",\"message\":";
      append_text(spans, message);
    }
    spans += '}';
  }
  spans += '}';
}

std::string traces_request(std::string_view resource, std::string_view scope, std::string_view spans) {
  return fmt::format("{{\"resourceSpans\":[{{{},\"scopeSpans\":[{{{},\"spans\":[{}]}}]}}]}}", resource, scope,
                     spans);
}

}  // namespace wws::telemetry

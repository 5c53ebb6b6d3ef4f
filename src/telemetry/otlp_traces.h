// Spans as a collector takes them.
#pragma once

#include <string>
#include <string_view>

#include "trace/span_record.h"

namespace wws::telemetry {

/// Appends a span to a list of them, with a comma before it where it is not the first. Names and attributes
/// are OpenTelemetry's conventions for HTTP; those that begin with `wws.` are our own. The record is a copy
/// of what a stranger wrote.
void append_span(std::string& spans, const trace::SpanRecord& record);

/// The body of a request to `/v1/traces`.
[[nodiscard]] std::string traces_request(std::string_view resource, std::string_view scope,
                                         std::string_view spans);

}  // namespace wws::telemetry

// Fuzz target: what clients say of their trace, and span records as a process that was taken over may write
// them.
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "telemetry/otlp_json.h"
#include "telemetry/otlp_traces.h"
#include "trace/span_record.h"
#include "trace/trace_context.h"

namespace {

namespace trace = wws::trace;
namespace telemetry = wws::telemetry;

/// assert() that stays in every build type.
void require(bool holds) {
  if (!holds) std::abort();
}

/// What is read is read again as it was written.
void check_traceparent(std::string_view text) {
  const auto context = trace::parse_traceparent(text);
  if (!context) return;
  std::array<char, trace::kTraceparentSize> written{};
  trace::write_traceparent(*context, written);
  const auto again = trace::parse_traceparent({written.data(), written.size()});
  require(again && *again == *context);
}

/// Whatever is in a record, a collector gets one span.
void check_record(const std::uint8_t* data, std::size_t size) {
  trace::SpanRecord record;
  std::memset(static_cast<void*>(&record), 0, sizeof record);
  std::memcpy(static_cast<void*>(&record), data, std::min(size, sizeof record));
  std::string spans;
  telemetry::append_span(spans, record);
  telemetry::append_span(spans, record);
  const std::string request =
      telemetry::traces_request(telemetry::resource_json({}), telemetry::scope_json("2"), spans);
  boost::system::error_code error;
  const auto value = boost::json::parse(request, error);
  require(!error && value.at_pointer("/resourceSpans/0/scopeSpans/0/spans").as_array().size() == 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_traceparent({reinterpret_cast<const char*>(data), size});
  check_record(data, size);
  return 0;
}

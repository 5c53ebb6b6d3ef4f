#include "server/server_timing.h"

#include <fmt/format.h>

#include <iterator>

namespace wws::server {
namespace {

void add_metric(std::string& value, std::string_view name, std::string_view description,
                base::Duration time) {
  const std::chrono::duration<double, std::milli> milliseconds = time;
  fmt::format_to(std::back_inserter(value), "{}{};desc=\"{}\";dur={:.3f}", value.empty() ? "" : ", ", name,
                 description, milliseconds.count());
}

}  // namespace

std::string server_timing(const runtime::Timing& timing, base::Duration total) {
  std::string value;
  if (timing.queue) add_metric(value, "queue", "Waited", *timing.queue);
  if (timing.start) add_metric(value, "start", "Instance start", *timing.start);
  if (timing.queue) add_metric(value, "cpu", "CPU time", timing.cpu);
  add_metric(value, "total", "Total", total);
  return value;
}

}  // namespace wws::server

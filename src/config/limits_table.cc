#include "config/limits_table.h"

#include "config/section.h"

namespace wws::config {

Limits read_limits(const toml::table& table, const Limits& defaults, Reporter& reporter) {
  Limits result = defaults;
  const auto limits = open_section<kLimits>(table, reporter);
  if (!limits) return result;
  limits->size("memory", result.memory);
  limits->duration("cpu_time", result.cpu_time);
  limits->duration("time", result.time);
  limits->size("output", result.output);
  limits->size("log", result.log);
  limits->count("concurrency", result.concurrency);
  limits->count("table_elements", result.table_elements);
  limits->size("stack", result.stack);
  return result;
}

}  // namespace wws::config

#include "metrics/registry.h"

namespace wws::metrics {
namespace {

struct FamilyRow {
  Metric metric{};
  Family family;
};

// clang-format off
constexpr std::array<FamilyRow, kCountOf<Metric>> kFamilies = {{
    {Metric::kRequests, {"wws_http_requests", Type::kCounter, "", "route, code", "Requests that were answered, or whose client left before."}},
    {Metric::kRequestDuration, {"wws_http_request_duration_seconds", Type::kHistogram, "seconds", "route", "Time from a request's head to the end of its answer."}},
    {Metric::kRequestBytes, {"wws_http_request_body_bytes", Type::kCounter, "bytes", "", "Bytes of requests' bodies."}},
    {Metric::kResponseBytes, {"wws_http_response_body_bytes", Type::kCounter, "bytes", "", "Bytes of answers' bodies."}},
    {Metric::kAborted, {"wws_http_requests_aborted", Type::kCounter, "", "", "Requests whose client left before the answer was complete."}},
    {Metric::kGuestCpu, {"wws_guest_cpu_seconds", Type::kCounter, "seconds", "route", "CPU time that guests took."}},
    {Metric::kInstanceTime, {"wws_instance_seconds", Type::kCounter, "seconds", "route", "Time for which guests held an instance, waiting included."}},
    {Metric::kGuestMemory, {"wws_guest_memory_peak_bytes", Type::kGauge, "bytes", "route", "Largest linear memory that a guest has had."}},
    {Metric::kFailures, {"wws_guest_failures", Type::kCounter, "", "cause", "Guests that failed of themselves."}},
    {Metric::kLimits, {"wws_limits_hit", Type::kCounter, "", "limit", "Requests and connections that a limit ended or refused."}},
    {Metric::kInstanceStart, {"wws_instance_start_duration_seconds", Type::kHistogram, "seconds", "", "Time to make an instance and to prepare it, until its entry is called."}},
    {Metric::kQueueWait, {"wws_queue_wait_duration_seconds", Type::kHistogram, "seconds", "", "Time that requests waited for an instance or a module, of those that had to."}},
    {Metric::kQueued, {"wws_queue_waiting", Type::kGauge, "", "", "Requests that wait for an instance or a module."}},
    {Metric::kGuests, {"wws_guests", Type::kGauge, "", "", "Guests that live, those that wait included."}},
    {Metric::kInstancesMost, {"wws_instances_limit", Type::kGauge, "", "", "Guests that may live at once."}},
    {Metric::kConnections, {"wws_connections", Type::kGauge, "", "", "Open connections of clients."}},
    {Metric::kConnectionsAccepted, {"wws_connections_accepted", Type::kCounter, "", "", "Connections that were taken."}},
    {Metric::kKvOperations, {"wws_kv_operations", Type::kCounter, "", "operation", "Operations on the key-value store."}},
    {Metric::kKvDuration, {"wws_kv_operation_duration_seconds", Type::kHistogram, "seconds", "", "Time of those that the store was asked for."}},
    {Metric::kKvFailures, {"wws_kv_failures", Type::kCounter, "", "", "Operations that the store could not do."}},
    {Metric::kKvCache, {"wws_kv_cache_lookups", Type::kCounter, "", "result", "Values and maps that were there (hit), or that the store child had to be asked for (miss)."}},
    {Metric::kFetches, {"wws_fetches", Type::kCounter, "", "", "Outgoing requests that workers began."}},
    {Metric::kFetchDuration, {"wws_fetch_duration_seconds", Type::kHistogram, "seconds", "", "Time from an outgoing request's start to the end of its answer."}},
    {Metric::kFetchFailures, {"wws_fetch_failures", Type::kCounter, "", "", "Outgoing requests that were refused or failed."}},
    {Metric::kFetchesOpen, {"wws_fetches_open", Type::kGauge, "", "", "Outgoing requests under way."}},
    {Metric::kLogDropped, {"wws_log_lines_dropped", Type::kCounter, "", "", "Lines of logs that nobody took in time."}},
    {Metric::kSpans, {"wws_trace_spans", Type::kCounter, "", "result", "Spans of traces that the collector took (sent), or that were lost (dropped)."}},
    {Metric::kExportFailures, {"wws_otlp_failures", Type::kCounter, "", "signal", "Times that the collector did not take traces or metrics."}},
    {Metric::kBuildInfo, {"wws_build_info", Type::kGauge, "", "version, commit", "Always 1: which program this is."}},
    {Metric::kStartTime, {"wws_start_time_seconds", Type::kGauge, "seconds", "", "When the server started, since 1970."}},
    {Metric::kReady, {"wws_ready", Type::kGauge, "", "", "1 if the server is ready for traffic, as /readyz says."}},
    {Metric::kProcesses, {"wws_processes", Type::kGauge, "", "role", "Processes that run."}},
    {Metric::kRestarts, {"wws_process_restarts", Type::kCounter, "", "role", "Processes that died and were started again."}},
    {Metric::kResident, {"wws_process_resident_memory_bytes", Type::kGauge, "bytes", "role, process", "Memory of a process that is in RAM; pages that processes share count in each."}},
    {Metric::kRoutes, {"wws_routes", Type::kGauge, "", "", "Routes of workers."}},
    {Metric::kModules, {"wws_modules", Type::kGauge, "", "state", "Modules of the project: ready, pending (to be compiled), failed, put_aside."}},
    {Metric::kModuleCache, {"wws_module_cache_lookups", Type::kCounter, "", "result", "Modules that were compiled already (hit), or had to be (miss)."}},
    {Metric::kCompiles, {"wws_compiles", Type::kCounter, "", "result", "Steps of compilation that ended, as ok or failed."}},
    {Metric::kCompileTime, {"wws_compile_seconds", Type::kCounter, "seconds", "", "Time that they took, each from its start to its end."}},
    {Metric::kReloads, {"wws_reloads", Type::kCounter, "", "result", "Times that the project was read again: ok, or refused since it could not be served, each once; and new versions that failed their smoke requests, or were switched back."}},
}};

struct CounterRow {
  Counter counter{};
  CellRow row;
};

constexpr std::array<CounterRow, kCountOf<Counter>> kCounters = {{
    {Counter::kRequestBytes, {Metric::kRequestBytes, "", ""}},
    {Counter::kResponseBytes, {Metric::kResponseBytes, "", ""}},
    {Counter::kAborted, {Metric::kAborted, "", ""}},
    {Counter::kFailTrap, {Metric::kFailures, "cause", "trap"}},
    {Counter::kFailExit, {Metric::kFailures, "cause", "exit"}},
    {Counter::kFailOutput, {Metric::kFailures, "cause", "output"}},
    {Counter::kFailModule, {Metric::kFailures, "cause", "module"}},
    {Counter::kFailOther, {Metric::kFailures, "cause", "other"}},
    {Counter::kLimitCpuTime, {Metric::kLimits, "limit", "cpu_time"}},
    {Counter::kLimitTime, {Metric::kLimits, "limit", "time"}},
    {Counter::kLimitMemory, {Metric::kLimits, "limit", "memory"}},
    {Counter::kLimitTable, {Metric::kLimits, "limit", "table_elements"}},
    {Counter::kLimitStack, {Metric::kLimits, "limit", "stack"}},
    {Counter::kLimitOutput, {Metric::kLimits, "limit", "output"}},
    {Counter::kLimitConcurrency, {Metric::kLimits, "limit", "concurrency"}},
    {Counter::kLimitQueue, {Metric::kLimits, "limit", "queue"}},
    {Counter::kLimitBody, {Metric::kLimits, "limit", "body_size"}},
    {Counter::kLimitBodies, {Metric::kLimits, "limit", "all_bodies"}},
    {Counter::kLimitSlow, {Metric::kLimits, "limit", "slow_request"}},
    {Counter::kLimitHead, {Metric::kLimits, "limit", "head_size"}},
    {Counter::kLimitConnections, {Metric::kLimits, "limit", "connections_per_address"}},
    {Counter::kLimitAnswers, {Metric::kLimits, "limit", "unread_answers"}},
    {Counter::kConnections, {Metric::kConnectionsAccepted, "", ""}},
    {Counter::kKvReads, {Metric::kKvOperations, "operation", "read"}},
    {Counter::kKvWrites, {Metric::kKvOperations, "operation", "write"}},
    {Counter::kKvMaps, {Metric::kKvOperations, "operation", "map"}},
    {Counter::kKvFailures, {Metric::kKvFailures, "", ""}},
    {Counter::kKvHits, {Metric::kKvCache, "result", "hit"}},
    {Counter::kKvMisses, {Metric::kKvCache, "result", "miss"}},
    {Counter::kFetches, {Metric::kFetches, "", ""}},
    {Counter::kFetchFailures, {Metric::kFetchFailures, "", ""}},
    {Counter::kLogDropped, {Metric::kLogDropped, "", ""}},
    {Counter::kSpansSent, {Metric::kSpans, "result", "sent"}},
    {Counter::kSpansDropped, {Metric::kSpans, "result", "dropped"}},
    {Counter::kTracesFailed, {Metric::kExportFailures, "signal", "traces"}},
    {Counter::kMetricsFailed, {Metric::kExportFailures, "signal", "metrics"}},
}};
// clang-format on

constexpr std::array<Metric, kCountOf<Gauge>> kGauges = {
    Metric::kQueued, Metric::kGuests, Metric::kInstancesMost, Metric::kConnections, Metric::kFetchesOpen};
constexpr std::array<Metric, kCountOf<Histogram>> kHistograms = {Metric::kInstanceStart, Metric::kQueueWait,
                                                                 Metric::kKvDuration, Metric::kFetchDuration};

constexpr bool ordered() {
  for (std::size_t i = 0; i < kFamilies.size(); ++i) {
    if (static_cast<std::size_t>(kFamilies.at(i).metric) != i) return false;
  }
  for (std::size_t i = 0; i < kCounters.size(); ++i) {
    if (static_cast<std::size_t>(kCounters.at(i).counter) != i) return false;
  }
  return true;
}
static_assert(ordered(), "a row per enumerator, in the order of the enums");

}  // namespace

const Family& family(Metric metric) noexcept { return kFamilies[static_cast<std::size_t>(metric)].family; }
const CellRow& row(Counter counter) noexcept { return kCounters[static_cast<std::size_t>(counter)].row; }
Metric metric_of(Gauge gauge) noexcept { return kGauges[static_cast<std::size_t>(gauge)]; }
Metric metric_of(Histogram histogram) noexcept { return kHistograms[static_cast<std::size_t>(histogram)]; }

}  // namespace wws::metrics

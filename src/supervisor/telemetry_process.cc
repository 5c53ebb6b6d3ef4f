#include "supervisor/telemetry_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "runtime/role.h"
#include "supervisor/service_child.h"
#include "supervisor/telemetry_message.h"
#include "telemetry/exporter.h"
#include "telemetry/http_poster.h"

namespace wws::supervisor {
namespace {

namespace json = boost::json;

/// What of the supervisor's orders is for the exporter.
class ExporterOrders {
 public:
  explicit ExporterOrders(telemetry::Exporter& exporter) : exporter_(exporter) {}

  Result<void> take(Message message) {
    switch (message.type) {
      case MessageType::kRoutes:
        return take_routes(message.payload);
      case MessageType::kBlock:
        if (message.descriptors.empty()) return nothing_beside();
        return take_block(std::move(message.descriptors.front()), message.payload == kOwnBlock);
      case MessageType::kSpans: {
        if (message.descriptors.empty()) return nothing_beside();
        auto ring = trace::Ring::open(std::move(message.descriptors.front()));
        if (!ring) return fail(ring);
        exporter_.add(std::move(*ring));
        return {};
      }
      default:
        return fail(ErrorCode::kInternal, "channel: an order that is not known");
    }
  }

 private:
  static Result<void> nothing_beside() {
    return fail(ErrorCode::kInternal, "channel: shared memory without its descriptor");
  }

  Result<void> take_routes(std::string_view text) {
    boost::system::error_code error;
    const json::value names = json::parse(json::string_view(text.data(), text.size()), error);
    if (error) return fail(ErrorCode::kInternal, "channel: names of routes that cannot be read");
    exporter_.set_routes(json::value_to<std::vector<std::string>>(names));
    return {};
  }

  Result<void> take_block(base::File memory, bool is_own) {
    const auto access = is_own ? metrics::Block::Access::kWrite : metrics::Block::Access::kRead;
    auto block = metrics::Block::open(std::move(memory), access);
    if (!block) return fail(block);
    if (!is_own) {
      exporter_.add(std::move(*block));
      return {};
    }
    own_.emplace(std::move(*block));
    exporter_.set_recorder(own_->recorder());
    return {};
  }

  telemetry::Exporter& exporter_;
  std::optional<metrics::Block> own_;
};

/// Asks the supervisor for what it counts itself.
bool ask_supervisor(ServiceLoop& loop, telemetry::Exporter::MetricsTaker taker) {
  static constexpr std::string_view kGood = "200 ";
  return static_cast<bool>(
      loop.ask(MessageType::kAsk, kMetricsForOtlp, [taker = std::move(taker)](const Message& answer) {
        const bool is_good = answer.type == MessageType::kAnswer && answer.payload.starts_with(kGood);
        taker(is_good ? answer.payload.substr(kGood.size()) : std::string());
        return Result<void>();
      }));
}

Result<void> export_telemetry(ServiceOrders orders, base::File channel, hardening::Mode mode) {
  auto message = parse_telemetry(orders.question.payload);
  if (!message) return fail(message);
  log::set(message->logging);
  const base::SystemClock clock;
  auto name = telemetry::collector_name(message->settings.endpoint);
  if (!name) return fail(name);
  ServiceLoop loop(orders, std::move(channel), clock);
  auto poster = telemetry::HttpPoster::create(loop.context(), clock, message->settings);
  if (!poster) return fail(poster);
  const bool has_both = message->settings.has_traces() && message->settings.has_metrics();
  const std::string text =
      fmt::format("{}{}{} for {}", message->settings.has_traces() ? "traces" : "", has_both ? " and " : "",
                  message->settings.has_metrics() ? "metrics" : "", *name);
  telemetry::Exporter exporter(
      std::move(message->settings), *name,
      {**poster, clock, [&loop](auto taker) { return ask_supervisor(loop, std::move(taker)); }});
  ExporterOrders exporter_orders(exporter);
  if (auto confined = confine_service(runtime::roles::kTelemetry, mode); !confined) return confined;
  if (auto told = loop.ready(text); !told) return told;
  loop.run({.link = [](const base::File&, std::string_view) {},
            .poll =
                [&] {
                  if (loop.is_stopping()) exporter.stop();
                  return std::min(exporter.poll(), (*poster)->poll());
                },
            .is_idle = [&] { return !loop.is_stopping() || exporter.is_done(); },
            .other = [&](Message order) { return exporter_orders.take(std::move(order)); }});
  return {};
}

}  // namespace

int telemetry_main(std::span<const std::string> arguments) {
  return service_main(arguments, export_telemetry);
}

}  // namespace wws::supervisor

// Traces and metrics for a collector, as the supervisor has a hand in them.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/log.h"
#include "supervisor/log_settings.h"
#include "supervisor/place.h"
#include "supervisor/supervisor.h"
#include "supervisor/telemetry_message.h"
#include "telemetry/otlp_metrics.h"

namespace wws::supervisor {

void Supervisor::begin_telemetry() {
  if (!supply_.telemetry) return;
  supply_.telemetry->began = began_at_;
  if (supply_.telemetry->has_traces()) {
    rings_.emplace();
    rings_->set_on_new([this](const trace::Ring& ring) {
      // One that is not there is told of all when it starts.
      if (ServingChild* child = child_of(runtime::roles::kTelemetry))
        child->send(MessageType::kSpans, "", {ring.fd()});
    });
  }
  add_service(runtime::roles::kTelemetry, to_json(TelemetryMessage{*supply_.telemetry, served_->logging}));
}

void Supervisor::give_ring(ServingChild& serving) {
  if (!rings_) return;
  auto ring = rings_->take();
  if (ring) return serving.give_ring(std::move(*ring), fmt::format("{}", supply_.telemetry->ratio));
  log::warn("a serving process has no traces: {}", ring.error().message);
}

void Supervisor::tell_telemetry(ServingChild& child) {
  tell_of_counts(child);
  if (rings_) {
    for (const auto& ring : rings_->rings()) child.send(MessageType::kSpans, "", {ring->fd()});
  }
  // Last: a block that is made for it is told to it as all others are, in case it is new.
  give_block(child);
}

std::string Supervisor::answer_for_telemetry(std::string_view question) const {
  if (question != kMetricsForOtlp) return "404 ";
  telemetry::OtlpWriter writer(began_at_, clock_.wall());
  write_new_metrics(writer);
  return "200 " + std::move(writer).take();
}

}  // namespace wws::supervisor
